"""A scale plan and what came of it: models, GPU per pod, numbers of pods, schedulers, load; cells and their results.

Values only. Times are Unix seconds unless a name says otherwise; what is not known is ``None``.
"""

from dataclasses import dataclass, field
from typing import Literal

from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import Start, Statistic
from tui.model.launch_spec import LaunchSpec

Kind = Literal["scale", "autoscale"]
Scheduler = Literal["runai", "none"]  # none: a plain Kubernetes Deployment, the guide's baseline
Through = Literal["service", "pods", "route"]  # pods: round robin over pod addresses; route: Knative's, by Host header
CellState = Literal["done", "failed", "skipped", "interrupted"]


@dataclass(frozen=True, slots=True)
class PlanModel:
    """``key`` is the plan's own short name, ``name`` the model that requests name. ``spec`` is what is launched; its
    GPU, replicas and scheduler are laid over by each test. ``None``: the workload ``workload`` (namespace/name) exists
    and is only scaled."""

    key: str
    name: str
    title: str
    spec: LaunchSpec | None = None
    workload: str | None = None


@dataclass(frozen=True, slots=True)
class PlanLoad:
    """How each cell is loaded. ``users_per_pod`` empty: the most users that hold ``ttft_ms`` are searched for; else
    these are held, one point each. ``cooldown_seconds`` between cells. ``workers`` as on the command line."""

    isl: int = 2000
    osl: int = 200
    isl_stddev: float = 0.0
    osl_stddev: float = 0.0
    start: Start = "burst"
    ttft_ms: float = 1000.0
    statistic: Statistic = "mean"
    users_per_pod: tuple[float, ...] = ()
    requests: int | None = None
    duration_seconds: float | None = None
    budget_seconds: float | None = 900.0
    max_users: int = 16_384
    through: Through = "service"
    workers: str = "local:0"
    cooldown_seconds: float = 30.0
    ready_timeout_seconds: float = 2400.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PlanTest:
    """One line of the matrix: these models at once, each with ``pods`` pods in turn. ``users_from`` names a test whose
    users at the same number of pods are held for each model, as the guide does for mixed loads. ``table`` and
    ``figure`` say which of the guide's this is."""

    id: str
    models: tuple[str, ...]
    scheduler: Scheduler
    gpu_per_pod: float
    pods: tuple[int, ...]
    users_from: dict[str, str] = field(default_factory=dict)  # model -> id of the test
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Ramp:
    """A plan of kind ``autoscale``: users over time, linear between (seconds, users); the autoscaler stays on."""

    test: str
    steps: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """``cluster_gpus`` bounds which cells fit when no cluster is at hand (the guide: 64)."""

    name: str
    title: str
    kind: Kind
    load: PlanLoad
    models: tuple[PlanModel, ...]
    tests: tuple[PlanTest, ...]
    ramps: tuple[Ramp, ...] = ()
    gpus_per_server: int = 4
    cluster_gpus: int | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix. ``id`` is a folder name: ``llama-runai-1.0-x16``. ``why_not`` is set where it can't run:
    ``does not fit 64 GPUs``."""

    id: str
    test: str
    models: tuple[str, ...]
    scheduler: Scheduler
    gpu_per_pod: float
    pods: int  # of each model
    gpus: float  # of all models together
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan will take. ``ready_seconds`` and ``measure_seconds`` are its parts, cool-downs in the second."""

    cells: int
    seconds: float
    gpu_hours: float
    ready_seconds: float
    measure_seconds: float
    assumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a cell's pods really lay: node -> pods, and how many GPUs hold 1, 2, ... of them. ``problem`` says where
    that is not what the plan says."""

    by_node: tuple[tuple[str, int], ...] = ()
    pods_per_gpu: tuple[tuple[int, int], ...] = ()  # (pods, GPUs)
    gpus: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PodSpread:
    """Requests by pod while a cell was measured; ``imbalance`` is the busiest pod's share over the mean share."""

    requests: tuple[tuple[str, int], ...] = ()
    imbalance: float | None = None


@dataclass(frozen=True, slots=True)
class ModelResult:
    """Of one model in one cell. ``point`` is the one that decides (the search's answer, or the held load); ``folder``
    holds the run, relative to the plan's. ``simulated`` figures come from a model of the engine, not from a server."""

    model: str
    users: int | None
    point: PointResult | None
    verdict: Verdict | None = None
    folder: str | None = None
    spread: PodSpread | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class CellResult:
    """What came of a cell. ``note`` is one line: why it failed, was skipped, what was not as planned."""

    cell: Cell
    state: CellState
    started_at: float
    finished_at: float
    ready_seconds: float | None
    models: tuple[ModelResult, ...] = ()
    placed: Placed | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanMark:
    """Something on the time axis: scaled, ready, measuring, cooling down, failed. ``seconds`` since the plan began."""

    seconds: float
    cell: str | None
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class MapFrame:
    """Which parts of which GPUs were held at one moment: node -> for each GPU (letter, part) pairs."""

    seconds: float
    rows: tuple[tuple[str, tuple[tuple[tuple[str, float], ...], ...]], ...]
    ready_pods: int | None
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a ramp; ``seconds`` since its first user was to come, ``at`` the same moment in Unix seconds.
    ``wanted`` and ``ready`` are pods, ``gpus`` what they hold.

    ``ttft_ms`` is the mean of the ``requests`` that were sent in it and succeeded, however late they were answered;
    ``None`` where there is none. Unknown is ``None``."""

    seconds: float
    at: float
    users: int | None
    requests: int | None
    ttft_ms: float | None
    output_tokens_per_second: float | None
    failed: int | None
    wanted: int | None
    ready: int | None
    gpus: float | None


@dataclass(frozen=True, slots=True)
class Autoscaled:
    """What was seen of one model of a cell whose autoscaler was left on, second by second."""

    cell: str
    model: str
    seconds: tuple[Second, ...]


@dataclass(frozen=True, slots=True)
class PlanRun:
    """A plan's folder, read. ``environment`` are (what, value) pairs: cluster, client, versions. ``autoscaled`` is
    empty but for plans of kind ``autoscale``."""

    folder: str
    plan: ScalePlan
    cells: tuple[Cell, ...]
    results: tuple[CellResult, ...]
    marks: tuple[PlanMark, ...]
    frames: tuple[MapFrame, ...]
    environment: tuple[tuple[str, str], ...]
    simulated: bool
    started_at: float
    damage: tuple[str, ...] = ()
    autoscaled: tuple[Autoscaled, ...] = ()
