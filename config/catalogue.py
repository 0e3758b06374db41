"""The catalogue of NIM models, from ``nims.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

HalfGpu = Literal["yes", "tight", "no"]
Status = Literal["guide", "confirmed", "estimate"]


@dataclass(frozen=True, slots=True)
class Nim:
    """One model. ``version`` None: no tag is known, the operator gives one. ``weights_bytes`` as loaded on the GPU.

    ``min_gpus`` counts H100 NVL of 94 GB; ``half_gpu`` tells whether half of one is enough. ``status`` says how far the
    entry can be trusted: run by the sizing guide, an image known to exist, or an estimate.
    """

    image: str
    name: str
    version: str | None
    precision: str
    weights_bytes: float
    min_gpus: int
    half_gpu: HalfGpu
    container_port: int
    status: Status
    note: str = ""

    @property
    def reference(self) -> str:
        """The image with its tag, where one is known."""
        return f"{self.image}:{self.version}" if self.version else self.image


@cache
def nims() -> tuple[Nim, ...]:
    """All models, the guide's first."""
    document = tomllib.loads(Path(__file__).with_name("nims.toml").read_text(encoding="utf-8"))
    defaults = document["defaults"]
    return tuple(_nim({**defaults, **entry}) for entry in document["nim"])


def nim_for_image(image: str) -> Nim | None:
    """The model that an image reference stands for, whatever its registry, mirror, tag or digest."""
    path = _without_tag(image.partition("@")[0])
    return next((nim for nim in nims() if path == nim.image or path.endswith("/" + _model_path(nim))), None)


def _nim(entry: dict[str, object]) -> Nim:
    return Nim(
        image=f"{entry['registry']}/{entry['image']}",
        name=str(entry["name"]),
        version=str(entry["version"]) if "version" in entry else None,
        precision=str(entry["precision"]),
        weights_bytes=float(cast(float, entry["weights_gb"])) * 1e9,
        min_gpus=int(cast(int, entry["min_gpus"])),
        half_gpu=cast(HalfGpu, entry["half_gpu"]),
        container_port=int(cast(int, entry["container_port"])),
        status=cast(Status, entry["status"]),
        note=str(entry.get("note", "")),
    )


def _model_path(nim: Nim) -> str:
    """The publisher and model, which a mirror of the registry keeps."""
    return "/".join(nim.image.split("/")[-2:])


def _without_tag(reference: str) -> str:
    head, slash, last = reference.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"  # a colon before the last slash is a port
