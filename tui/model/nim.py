"""What a NIM endpoint says of itself when it is asked."""

from dataclasses import dataclass


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
