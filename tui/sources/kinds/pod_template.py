"""What a pod template says of its pods: image, model, GPUs. Shared by all kinds that carry one."""

from dataclasses import dataclass

from tui.model.gpu_request import GpuRequest
from tui.model.quantity import parse_quantity
from tui.sources.kinds.gpu import GPU, MIG, gpu_request
from tui.sources.kinds.loose import dig, list_at, text_at
from tui.sources.kinds.model_name import model_of
from tui.sources.kinds.text import share

HELPERS = frozenset({"queue-proxy", "istio-proxy"})


@dataclass(frozen=True, slots=True)
class Template:
    """``image`` is that of the main container: the one that asks for GPUs, else the first that is no helper."""

    image: str | None
    model: str | None
    gpu: GpuRequest


def read_template(template: object) -> Template:
    """``template`` is the object with ``metadata`` and ``spec``."""
    containers = list_at(template, "spec", "containers")
    main = _main_container(containers)
    image = text_at(main, "image")
    total: dict[str, float] = {}
    for container in containers:
        for name, count in _devices(container).items():
            total[name] = total.get(name, 0.0) + count
    notes = dig(template, "metadata", "annotations")
    gpu = gpu_request(
        total,
        text_at(notes, "gpu-fraction"),
        text_at(notes, "gpu-memory"),
        text_at(notes, "gpu-fraction-num-devices"),
    )
    return Template(image, model_of(image, environment_of(main)), gpu)


def environment_of(container: object) -> dict[str, str]:
    """Plain values of the container's environment; what comes from elsewhere is left out."""
    pairs = ((text_at(entry, "name"), text_at(entry, "value")) for entry in list_at(container, "env"))
    return {name: value for name, value in pairs if name and value}


def _main_container(containers: list[object]) -> object:
    candidates = [c for c in containers if text_at(c, "name") not in HELPERS]
    return next((c for c in candidates if _devices(c)), candidates[0] if candidates else None)


def _devices(container: object) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in ("limits", "requests"):
        resources = dig(container, "resources", part)
        for name in resources if isinstance(resources, dict) else ():
            if name == GPU or str(name).startswith(MIG):
                count = parse_quantity(text_at(resources, name))
                if count:
                    found[share(str(name))] = count
    return found
