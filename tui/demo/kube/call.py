"""One request on its way through the API: who asks for what, and the server's parts that answer needs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from tui.demo.kube.access import User
from tui.demo.kube.faults import Faults
from tui.demo.kube.logsource import LogSource
from tui.demo.kube.paging import Pager
from tui.demo.kube.paths import Index, Location
from tui.demo.kube.streams import Watchers
from tui.demo.objects import ApiError, Json, ObjectStore, Resource
from tui.demo.objects.errors import Cause, bad_request, invalid

PodBackend = Callable[[str, str, int], Awaitable[str | None]]
"""Namespace, pod and port to the address that stands for them on this machine; ``None``: nothing listens there."""

InputWriter = Callable[[bytes], Awaitable[None]]
ContainerInput = Callable[[Json, str], InputWriter | None]
"""A pod and a container to what takes bytes for its standard input; ``None``: no such container runs."""


async def nothing_listens(_namespace: str, _pod: str, _port: int) -> str | None:
    """A cluster in which no pod serves anything."""
    return None


def nothing_runs(_pod: Json, _container: str) -> InputWriter | None:
    """A cluster in which no container takes input."""
    return None


@dataclass(slots=True)
class Timing:
    """How long the server waits, in seconds; tests shorten it."""

    bookmark_seconds: float = 60.0
    watch_seconds: float = 1800.0
    """A watch without ``timeoutSeconds`` ends after this long."""
    too_large_version_seconds: float = 3.0
    """How long a list waits for a version that does not exist yet."""
    log_poll_seconds: float = 0.25


@dataclass(slots=True)
class Context:
    """What every handler may use: the store and the server's own state."""

    store: ObjectStore
    index: Index
    users: dict[str, User]
    log_source: LogSource
    version: Mapping[str, str]
    address: str = ""
    timing: Timing = field(default_factory=Timing)
    faults: Faults = field(default_factory=Faults)
    watchers: Watchers = field(default_factory=Watchers)
    backends: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Addresses behind the service proxy, by namespace, service and port."""
    pod_backend: PodBackend = nothing_listens
    container_input: ContainerInput = nothing_runs
    pager: Pager = field(init=False)
    client: aiohttp.ClientSession | None = None

    def __post_init__(self) -> None:
        self.pager = Pager(self.store)


@dataclass(slots=True)
class Call:
    """A request for a resource, authenticated, authorised and its kind known."""

    context: Context
    request: web.Request
    user: User
    place: Location
    res: Resource
    warnings: list[str] = field(default_factory=list)

    @property
    def store(self) -> ObjectStore:
        return self.context.store

    @property
    def namespace(self) -> str:
        return self.place.namespace

    @property
    def name(self) -> str:
        return self.place.name

    def query(self, name: str, default: str = "") -> str:
        value: str = self.request.query.get(name, default)
        return value

    def values(self, name: str) -> list[str]:
        """All values of a parameter that may come more than once."""
        return [value for key, value in self.request.query.items() if key == name]

    def flag(self, name: str) -> bool:
        """A boolean as Go reads it from a query."""
        return self.query(name).lower() in ("true", "1", "t")

    def number(self, name: str, default: int = 0) -> int:
        """A whole number from the query. Raises ``ApiError`` 400."""
        text = self.query(name)
        if not text:
            return default
        if not text.lstrip("-").isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        return int(text)

    def dry_run(self, options: str) -> bool:
        """Whether nothing may be kept. ``options`` is ``CreateOptions`` and the like. Raises ``ApiError`` 422."""
        return check_dry_run(self.values("dryRun"), options)

    @property
    def manager(self) -> str:
        """The field manager: as named, or by the client's name as its User-Agent gives it."""
        return self.query("fieldManager") or self.request.headers.get("User-Agent", "unknown").partition("/")[0][:128]


def check_dry_run(values: Sequence[str], options: str) -> bool:
    """Whether nothing may be kept. Raises ``ApiError`` 422 unless every value is ``All``."""
    wrong = [value for value in values if value not in ("All", "")]
    if wrong:
        shown = "[" + ", ".join(f'"{value}"' for value in wrong) + "]"
        message = f'Unsupported value: {shown}: supported values: "All"'
        raise invalid(f"{options}.meta.k8s.io", "", [Cause("FieldValueNotSupported", message, "dryRun")])
    return "All" in values


def not_acceptable() -> ApiError:
    """None of the media types that the client accepts is served."""
    message = "only the following media types are accepted: application/json, application/yaml"
    return ApiError(406, "NotAcceptable", message)
