"""How a NIM is reached: its own address, the Knative gateway with a Host header, a LoadBalancer Service; and how that
one is made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from tui.launch.kinds import DEPLOYMENT, INFERENCE, KNATIVE, CannotChange, Target, at, whole
from tui.launch.plan import Existing, plan
from tui.launch.service import KNATIVE_SERVICE, load_balancer, service_name
from tui.model.clock import Clock
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change, Manifest

Way = Literal["address", "gateway", "load-balancer", "cluster", "forward"]

DEFAULT_PORT = 8000
POLL_SECONDS = 1.0
PASSES_BY = (
    "this address by-passes Knative: the autoscaler sees no load on it, so it neither scales up under it nor wakes "
    "from zero"
)
NOT_FOR_MEASURING = "through the API server: for looking, not for measuring"
_SERVICES = "services"
_GATEWAYS = (
    ObjectKey("kourier-system", "kourier"),
    ObjectKey("istio-system", "istio-ingressgateway"),
    ObjectKey("contour-external", "envoy"),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to it. ``host`` is the Host header to send; ``note`` one line on what to know of this way, or ``""``."""

    way: Way
    url: str
    host: str | None = None
    note: str = ""

    @property
    def can_be_measured(self) -> bool:
        return self.way != "forward"


def endpoints(target: Target, told: str | None, get: Existing) -> Iterator[Endpoint]:
    """The ways that exist, the best for a client outside first. ``told`` is the address in the workload's status.

    Each is looked up only when it is asked for. Raises what ``get`` raises.
    """
    exposed = get(_SERVICES, ObjectKey(target.key.namespace, service_name(target.key.name)))
    url = address_of(exposed)
    by_knative = target.key.kind in (INFERENCE, KNATIVE)
    if url is not None:
        yield Endpoint("load-balancer", url, None, PASSES_BY if by_knative else "")
    if told:
        yield Endpoint("address", told)
    host = urlsplit(told).hostname if told else None
    if by_knative and host and not _is_ip(host):
        for key in _GATEWAYS:
            service = get(_SERVICES, key)
            if (gateway := address_of(service, _plain_port(service))) is not None:
                yield Endpoint("gateway", gateway, host, f"through {key} with the header Host: {host}")
    if not by_knative and url is None:
        own = get(_SERVICES, target.object_key)
        if own is not None:
            port = _service_port(own) or DEFAULT_PORT
            name = f"{target.key.name}.{target.key.namespace}.svc.cluster.local"
            yield Endpoint("cluster", f"http://{name}:{port}", None, "from inside the cluster only")


def expose_manifest(target: Target, get: Existing, port: int | None = None, author: str = "") -> Manifest:
    """The LoadBalancer Service of its pods. ``port`` None: the one that its container serves on.

    Raises ``CannotChange`` where nothing selects the workload's pods, and what ``get`` raises.
    """
    namespace, name, kind = target.key
    selector = None if kind in (INFERENCE, KNATIVE) else _selector(target, get)
    return load_balancer(namespace, name, port or port_of(target), selector=selector, author=author)


def expose_changes(target: Target, get: Existing, port: int | None = None, author: str = "") -> tuple[Change, ...]:
    """What is left to do so that it has an address; empty where the Service is there as wanted."""
    return plan([expose_manifest(target, get, port, author)], get)


def by_passes_knative(target: Target) -> bool:
    """Whether a Service of its own goes around what scales it."""
    return target.key.kind in (INFERENCE, KNATIVE)


def wait_address(
    get: Callable[[], JsonObject | None],
    timeout_seconds: float,
    clock: Clock,
    pause: Callable[[float], object],
) -> str | None:
    """The address that a Service is given, as a URL; ``None`` when none came in time. Raises what ``get`` raises."""
    end = clock.monotonic() + timeout_seconds
    while (url := address_of(get())) is None:
        left = end - clock.monotonic()
        if left <= 0:
            return None
        pause(min(POLL_SECONDS, left))
    return url


def address_of(service: JsonObject | None, port: int | None = None) -> str | None:
    """The URL of a LoadBalancer Service; ``None`` while it has no address. ``port`` None: its first."""
    ingress = _list(at(service, "status", "loadBalancer", "ingress"))
    for one in ingress:
        host = at(one, "ip") or at(one, "hostname")
        if isinstance(host, str) and host:
            number = port or _service_port(service) or DEFAULT_PORT
            shown = f"[{host}]" if ":" in host else host
            return f"http://{shown}" if number == 80 else f"http://{shown}:{number}"
    return None


def _is_ip(host: str) -> bool:
    """An address leads there by itself; only a name can be told apart behind a gateway."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _plain_port(service: JsonObject | None) -> int:
    """Of a gateway, the port for plain HTTP: 80 where there is one, else the first that is named after it."""
    ports = [(at(one, "port"), at(one, "name")) for one in _list(at(service, "spec", "ports"))]
    named = [port for port, name in ports if isinstance(port, int) and str(name).startswith("http") and name != "https"]
    return 80 if not named or 80 in [port for port, _ in ports] else named[0]


def port_of(target: Target) -> int:
    """The port that its container serves on, 8000 where it does not say."""
    spec = at(target.body, "spec")
    ports: list[JsonValue] = []
    if target.key.kind == INFERENCE:
        items = at(spec, "ports", "items")
        ports = [at(one, "value", "container") for one in items.values()] if isinstance(items, Mapping) else []
    elif target.key.kind == "NIMService":
        ports = [at(spec, "expose", "service", "port")]
    else:
        containers = _list(at(spec, "template", "spec", "containers"))
        ports = [at(port, "containerPort") for one in containers for port in _list(at(one, "ports"))]
    return next((number for port in ports if (number := whole(port)) is not None), DEFAULT_PORT)


def _selector(target: Target, get: Existing) -> Mapping[str, str]:
    if target.key.kind in (DEPLOYMENT, "StatefulSet"):
        if at(target.body, "spec", "selector", "matchExpressions"):
            raise CannotChange(f"{target}: its selector has expressions, which a Service can't have")
        labels = at(target.body, "spec", "selector", "matchLabels")
    elif target.key.kind == "NIMService":
        labels = at(get(_SERVICES, target.object_key), "spec", "selector")
    else:
        raise CannotChange(f"{target}: nimdeck can't expose a {target.key.kind}")
    pairs = labels.items() if isinstance(labels, Mapping) else ()
    found = {name: value for name, value in pairs if isinstance(value, str)}
    if not found or KNATIVE_SERVICE in found:
        raise CannotChange(f"{target}: nothing tells which pods are its own")
    return found


def _service_port(service: JsonObject | None) -> int | None:
    return next((number for one in _list(at(service, "spec", "ports")) if (number := whole(at(one, "port")))), None)


def _list(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
