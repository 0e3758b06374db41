"""Finds Prometheus among the Services of a cluster: reached directly where that works, else through the API server."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import msgspec

from tui.sources.prometheus.endpoint import Endpoint
from tui.sources.prometheus.fault import Kind, PrometheusError

if TYPE_CHECKING:
    import requests

LIKELY_NAMESPACES = ("monitoring", "runai", "prometheus", "runai-backend", "gpu-operator", "observability")
_DIRECT_TIMEOUT_SECONDS = 1.5
_PROXY_TIMEOUT_SECONDS = 5.0
_PAGE = 500
_NOT_THE_SERVER = (
    "alertmanager",
    "operator",
    "exporter",
    "pushgateway",
    "adapter",
    "grafana",
    "state-metrics",
    "sidecar",
)


class ApiReader(Protocol):
    """What discovery needs of the Kubernetes client. ``server`` is the API server's URL."""

    @property
    def server(self) -> str: ...

    def get(self, path: str, query: dict[str, str | int] | None = None) -> tuple[int, bytes]:
        """Status and body of a good answer; raises KubeError for any other."""

    def requests_session(self) -> "requests.Session":
        """A session with the API server's TLS and credentials."""


class Port(msgspec.Struct):
    port: int
    name: str = ""
    nodePort: int | None = None  # noqa: N815 - the wire's name


class _Meta(msgspec.Struct):
    name: str
    namespace: str
    labels: dict[str, str] = {}


class _Spec(msgspec.Struct):
    clusterIP: str = ""  # noqa: N815 - the wire's name
    ports: list[Port] = []


class _Ingress(msgspec.Struct):
    ip: str = ""
    hostname: str = ""


class _LoadBalancer(msgspec.Struct):
    ingress: list[_Ingress] | None = None


class _Status(msgspec.Struct):
    loadBalancer: _LoadBalancer = msgspec.field(default_factory=_LoadBalancer)  # noqa: N815 - the wire's name


class Service(msgspec.Struct):
    """As much of a Service as discovery reads."""

    metadata: _Meta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _ListMeta(msgspec.Struct):
    continue_: str = msgspec.field(name="continue", default="")


class _Services(msgspec.Struct):
    items: list[Service] = []
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


_DECODER = msgspec.json.Decoder(_Services)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Service that looks like Prometheus; the lower the ``rank``, the better."""

    rank: int
    service: Service
    port: Port

    @property
    def scheme(self) -> str:
        return "https" if self.port.name == "https" or self.port.port == 443 else "http"


Check = Callable[[Endpoint, float], bool]


def discover_prometheus(api: ApiReader, check: Check | None = None) -> Endpoint | None:
    """The first Prometheus that answers, the best kind first; ``None`` if none does. Blocking, some seconds at most.

    ``check`` says whether an endpoint answers a query within so many seconds.
    """
    answers = check or _answers
    for candidate in sorted(_candidates(api), key=lambda c: (c.rank, c.service.metadata.namespace)):
        for endpoint, seconds in _endpoints(api, candidate):
            if answers(endpoint, seconds):
                return endpoint
    return None


def _candidates(api: ApiReader) -> Iterator[Candidate]:
    for service in _services(api):
        rank, port = _rank(service), _web_port(service)
        if rank is not None and port is not None:
            yield Candidate(rank, service, port)


def _services(api: ApiReader) -> list[Service]:
    """All Services, or those of the likely namespaces where listing all is not allowed."""
    from tui.sources.kubernetes.errors import Forbidden, KubeError  # who names an address pays nothing for Kubernetes

    try:
        return _list(api, "/api/v1/services")
    except Forbidden:
        pass
    except KubeError as error:
        raise PrometheusError(Kind.UNREACHABLE, f"can't look for a Prometheus in the cluster: {error}") from None
    found: list[Service] = []
    for namespace in LIKELY_NAMESPACES:
        with suppress(KubeError):
            found += _list(api, f"/api/v1/namespaces/{namespace}/services")
    return found


def _list(api: ApiReader, path: str) -> list[Service]:
    found: list[Service] = []
    query: dict[str, str | int] = {"limit": _PAGE}
    while True:
        _, body = api.get(path, query)
        try:
            page = _DECODER.decode(body)
        except msgspec.MsgspecError:
            return found
        found += page.items
        if not page.metadata.continue_:
            return found
        query = {"limit": _PAGE, "continue": page.metadata.continue_}


def _rank(service: Service) -> int | None:
    """How likely this Service is Prometheus' own; ``None``: it is something else."""
    name, labels = service.metadata.name, service.metadata.labels
    if any(word in name for word in _NOT_THE_SERVER):
        return None
    app = labels.get("app.kubernetes.io/name", "")
    if labels.get("app") == "kube-prometheus-stack-prometheus":
        return 0
    if app == "prometheus" and labels.get("app.kubernetes.io/component", "server") in ("server", "prometheus"):
        return 1
    if labels.get("operated-prometheus") == "true" or name == "prometheus-operated":
        return 2
    if "thanos" in name or app.startswith("thanos"):
        return 4 if "quer" in name else None
    return 3 if "prometheus" in name else None


def _web_port(service: Service) -> Port | None:
    ports = service.spec.ports
    for wanted in ("http-web", "web", "http", "https"):
        for port in ports:
            if port.name == wanted:
                return port
    return next((port for port in ports if port.port in (9090, 80, 443)), None)


def _endpoints(api: ApiReader, candidate: Candidate) -> Iterator[tuple[Endpoint, float]]:
    """The ways to a candidate, the straight ones first, each with the time to give it."""
    meta, port, scheme = candidate.service.metadata, candidate.port, candidate.scheme
    what = f"Service {meta.namespace}/{meta.name}"
    for host in _direct_hosts(candidate.service):
        yield Endpoint(f"{scheme}://{host}:{port.port}", None, what), _DIRECT_TIMEOUT_SECONDS
    head = urlsplit(api.server).hostname
    if port.nodePort and head:
        yield Endpoint(f"{scheme}://{_bracketed(head)}:{port.nodePort}", None, what), _DIRECT_TIMEOUT_SECONDS
    name = f"https:{meta.name}" if scheme == "https" else meta.name
    path = f"/api/v1/namespaces/{meta.namespace}/services/{name}:{port.name or port.port}/proxy"
    through = Endpoint(api.server.rstrip("/") + path, api.requests_session, f"{what}, through the API server")
    yield through, _PROXY_TIMEOUT_SECONDS


def _direct_hosts(service: Service) -> Iterator[str]:
    if service.spec.clusterIP not in ("", "None"):
        yield _bracketed(service.spec.clusterIP)
    for ingress in service.status.loadBalancer.ingress or ():
        if ingress.ip or ingress.hostname:
            yield _bracketed(ingress.ip or ingress.hostname)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _answers(endpoint: Endpoint, seconds: float) -> bool:
    """True if a query gets an answer of Prometheus' shape."""
    import requests

    with endpoint.session() if endpoint.session is not None else requests.Session() as session:
        try:
            response = session.get(
                f"{endpoint.url}/api/v1/query", params={"query": "vector(1)"}, timeout=seconds, allow_redirects=False
            )
            answer = response.json()
        except (requests.RequestException, ValueError):
            return False
    return response.status_code == 200 and isinstance(answer, dict) and answer.get("status") == "success"
