"""What a benchmark found: the figures of a point, the state of the client that took them, the verdict of a search.

Field names are those of ``nimdeck.points/1`` (``docs/json.md``); times are in milliseconds here and only here, because
the contract and the guide speak of milliseconds. ``None`` is not known.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Distribution:
    """Of successful requests, in milliseconds. Percentiles have a relative error of 0.5 %."""

    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    min: float | None = None
    max: float | None = None
    p999: float | None = None
    stddev: float | None = None
    interval: tuple[float, float] | None = None  # 95 % of the mean
    p1: float | None = None
    p5: float | None = None
    p10: float | None = None
    p25: float | None = None
    p75: float | None = None
    p50_interval: tuple[float, float | None] | None = None  # 95 % each; the upper end is None where too few bound it
    p90_interval: tuple[float, float | None] | None = None
    p99_interval: tuple[float, float | None] | None = None


@dataclass(frozen=True, slots=True)
class ClientMeter:
    """How late the client itself was. ``meter`` is ``kernel`` (receive stamps) or ``loop`` (event loop, for TLS).

    ``added_*`` is what the lag added to TTFT: of receive lag and loop lag, for each statistic, the one that saw more
    (``tui/bench/engine/validity.py`` says why).
    ``cpu_fraction`` is of one core, all workers together.
    """

    cpu_fraction: float | None = None
    loop_lag_mean_ms: float | None = None
    loop_lag_p99_ms: float | None = None
    receive_lag_mean_ms: float | None = None
    receive_lag_p99_ms: float | None = None
    added_mean_ms: float | None = None
    added_p99_ms: float | None = None
    meter: str = "kernel"
    workers: int = 1


@dataclass(frozen=True, slots=True)
class PointResult:
    """One finished point. ``failed`` includes cut streams; osl, ttft, itl and e2e are over successes only.

    ``ended`` says why it ended: ``steady``, ``requests``, ``duration``, ``longest``, ``skipped`` (by the user; or by a
    search, far from its target or out of budget), ``interrupted``, ``failures``, ``lost`` (a search's target is surely
    missed), ``saturated`` (an open loop sends more than the server finishes), ``ramp`` (users came and went as was
    asked; ``concurrency`` is the most of them). ``notes`` are lines for the user (a gap in a worker's lines, tokens
    counted from chunks, ...).
    """

    model: str
    concurrency: int | None
    rate: float | None
    requests: int
    failed: int
    isl: float | None
    osl: float | None
    seconds: float
    ttft_ms: Distribution
    itl_ms: Distribution
    e2e_ms: Distribution
    output_tokens_per_second: float | None
    requests_per_second: float | None
    steady: bool
    valid: bool
    client: ClientMeter
    start: str = "staggered"
    ended: str = "steady"
    repeat: int = 0
    warmup_requests: int = 0
    gap_ms: Distribution = field(default_factory=Distribution)
    output_tokens_per_second_per_user: float | None = None
    whole_run_tokens_per_second: float | None = None
    goodput_fraction: float | None = None
    in_flight_mean: float | None = None
    tokens_from: str = "usage"
    errors: tuple[tuple[str, int], ...] = ()
    started_at: float | None = None  # Unix seconds
    notes: tuple[str, ...] = ()
    output_tokens_per_second_interval: tuple[float, float] | None = None  # 95 %; None where the window is too short
    requests_per_second_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a search. ``low`` users hold the target and ``high`` do not (``None``: never seen to fail).

    ``reason`` is ``bracket``, ``budget``, ``max_users``, ``hopeless`` or ``interrupted``; ``interval`` is 95 % of the
    number of users. ``attainment`` is set where this share of requests within their limits was the target, and no
    statistic.
    """

    concurrency: int | None
    low: int | None
    high: int | None
    statistic: str
    target_ms: float
    reason: str
    interval: tuple[float, float] | None = None
    output_tokens_per_second: float | None = None
    value_ms: float | None = None
    knee: int | None = None
    attainment: float | None = None
