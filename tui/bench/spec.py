"""What a benchmark is asked to do: the endpoint, the requests, how they arrive, when a point ends."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Endpoint = Literal["chat", "completions"]
Start = Literal["staggered", "burst"]
Arrival = Literal["constant", "poisson"]
Place = Literal["local", "job"]
Statistic = Literal["mean", "p50", "p90", "p99"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go. ``url`` is the base (``http://host:8000``, with or without ``/v1``).

    ``headers`` hold no credential; those come from ``api_key_file`` and ``header_file`` (lines ``Name: value``), are
    read when the run starts, and are never written to the run directory.
    """

    url: str
    model: str
    endpoint: Endpoint = "chat"
    headers: tuple[tuple[str, str], ...] = ()
    api_key_file: Path | None = None
    header_file: Path | None = None
    ca_file: Path | None = None
    insecure_skip_verify: bool = False


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """What is asked: ``isl`` and ``osl`` in tokens (means), their standard deviations, or a JSONL file of prompts.

    ``tokenizer`` is a directory or file; without one, prompts are calibrated against the server's own usage.
    ``extra`` are fields of the body, already JSON values.
    """

    isl: int = 2000
    osl: int = 200
    isl_stddev: float = 0.0
    osl_stddev: float = 0.0
    tokenizer: Path | None = None
    dataset: Path | None = None
    shared_prefix_tokens: int = 0
    ignore_eos: bool = True
    temperature: float | None = None
    extra: tuple[tuple[str, object], ...] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """When a point ends. With ``requests`` or ``duration_seconds`` it does not end early; else when it is steady.

    ``requests`` are measured ones, succeeded plus failed. ``longest_seconds`` bounds a point that never gets steady.
    ``stall_seconds`` is how long a stream may say nothing before it is cut as ``timeout``.
    """

    requests: int | None = None
    duration_seconds: float | None = None
    longest_seconds: float = 180.0
    stall_seconds: float = 60.0
    max_failed_fraction: float = 0.01


@dataclass(frozen=True, slots=True)
class Slo:
    """What a request has to hold to count as good; ``None`` is no limit. Seconds."""

    ttft_seconds: float | None = None
    itl_seconds: float | None = None
    e2e_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PointSpec:
    """One point: so many concurrent ``users`` (closed loop), or so many requests a second (open loop)."""

    users: int | None = None
    rate: float | None = None
    arrival: Arrival = "poisson"
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """Everything that all points of a run share. ``workers`` 0: as many as are needed, up to the cores.

    ``place``: workers are processes of this machine, or pods of a Job; those send no records. ``addresses`` stand in
    the place of the target's URL where several servers hold its model: users are spread over them.
    """

    target: Target
    prompts: PromptSpec = field(default_factory=PromptSpec)
    limits: LimitSpec = field(default_factory=LimitSpec)
    start: Start = "staggered"
    workers: int = 0
    slo: Slo = field(default_factory=Slo)
    keep_records: bool = True
    place: Place = "local"
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A list of points, in order."""

    load: LoadSpec
    points: tuple[PointSpec, ...]


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """The largest number of users for which ``statistic`` of TTFT stays within ``ttft_seconds``.

    ITL and end-to-end limits come from ``load.slo``. ``budget_seconds`` covers the whole search from process start.
    """

    load: LoadSpec
    ttft_seconds: float = 1.0
    statistic: Statistic = "mean"
    max_users: int = 16_384
    attainment: float | None = None  # goodput: this share of requests within ``load.slo``, instead of a statistic
    budget_seconds: float | None = None
    started_at: float | None = None  # monotonic seconds of the process start
    adaptive: bool = False  # one run that grows, backs off and sustains, instead of a bracket
