"""What a NIM endpoint says of itself when it is asked."""

from dataclasses import dataclass

from tui.model.ids import ObjectKey


@dataclass(frozen=True, slots=True)
class NimMetrics:
    """A snapshot of its metrics text, summed over engines; ``None`` is what it does not print.

    Counters count since the server started, and the TTFT figures are over all its requests since then.
    """

    requests_running: float | None = None
    requests_waiting: float | None = None
    requests_max: float | None = None
    kv_cache_used_fraction: float | None = None
    prompt_tokens_total: float | None = None
    output_tokens_total: float | None = None
    requests_succeeded_total: float | None = None
    requests_failed_total: float | None = None
    ttft_mean_seconds: float | None = None
    ttft_p50_seconds: float | None = None
    ttft_p95_seconds: float | None = None
    ttft_count: float | None = None
    ttft_sum_seconds: float | None = None
    ttft_buckets: tuple[tuple[float, float], ...] = ()  # upper edge in seconds, observations up to it


@dataclass(frozen=True, slots=True)
class NimProbe:
    """One look at an endpoint. ``None`` means it did not say (no such call, or no answer).

    ``reachable`` is True once anything answered in HTTP. ``models`` are the names to put in a request. ``detail`` is
    one line on what is wrong and what to check, ``""`` when nothing is.
    """

    url: str
    reachable: bool
    live: bool | None = None
    ready: bool | None = None
    models: tuple[str, ...] | None = None
    version: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    metrics: NimMetrics | None = None
    detail: str = ""
    denied_right: str | None = None  # the right that is missing to ask it through the API server


@dataclass(frozen=True, slots=True)
class PodLook:
    """One pod as it answered through the API server. ``recent`` is its last half minute, ``None`` while unknown."""

    pod: ObjectKey
    probe: NimProbe
    recent: "Recent | None" = None


@dataclass(frozen=True, slots=True)
class Recent:
    """What happened over the last ``seconds``: only counters and TTFT of ``metrics`` are of that time."""

    seconds: float
    metrics: NimMetrics
    output_tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class EndpointLook:
    """One look at a workload's endpoint: at its own address, and at pods behind it through the API server.

    ``not_asked`` says why the address was not asked. ``metrics`` are those of ``counted_pods`` of ``ready_pods`` pods
    added up; with ``counted_pods`` 0 they are what the address gave: of whichever pod answered there.
    The curves are oldest first, a value a look.
    """

    address: str | None
    own: NimProbe | None
    not_asked: str
    pods: tuple[PodLook, ...]
    ready_pods: int
    counted_pods: int
    metrics: NimMetrics | None
    recent: Recent | None = None
    running_curve: tuple[float | None, ...] = ()
    tokens_curve: tuple[float | None, ...] = ()
