"""What a sizing asks, what it rests on, and its answer. Values only; ``None`` is not known, never 0.

Users are concurrent users, TTFT is in milliseconds as in the guide's tables, a ``gpu_per_pod`` is GPUs of one replica.
"""

from dataclasses import dataclass
from typing import Literal

from tui.bench.spec import Statistic

ReferenceKind = Literal["guide", "measured"]


@dataclass(frozen=True, slots=True)
class SizeQuestion:
    """``users`` are (model, peak users) pairs, each model once. ``headroom_fraction`` 0.2: for 20 % more users."""

    users: tuple[tuple[str, int], ...]
    ttft_ms: float = 1000.0
    headroom_fraction: float = 0.0
    gpus_per_server: int = 4
    isl: int = 2000
    osl: int = 200


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """``ttft_ms`` is infinite where more requests failed than were allowed: no target is held there."""

    users: int
    ttft_ms: float


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """``users`` hold ``target_ms``; ``at_least``: more were never seen to fail."""

    users: int
    target_ms: float
    ttft_ms: float | None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """One model measured at ``pods`` replicas of ``gpu_per_pod`` GPUs; ``points`` by users, all replicas together.

    ``others`` are the models that were loaded at the same time. ``shared``: every GPU held as many pods as go onto it;
    ``None`` where that is not known.
    """

    model: str
    gpu_per_pod: float
    pods: int
    source: str
    points: tuple[CurvePoint, ...] = ()
    answer: SearchAnswer | None = None
    others: tuple[str, ...] = ()
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What sizings rest on. ``sizes`` are the (ISL, OSL) of each of ``curves``, in their order; ``aliases`` other names
    of models in lower case. ``mixed_note`` is said with every mix, ``notes`` with every answer."""

    name: str
    kind: ReferenceKind
    statistic: Statistic
    curves: tuple[Curve, ...]
    sizes: tuple[tuple[int, int], ...]
    aliases: tuple[tuple[str, str], ...] = ()
    simulated: bool = False
    notes: tuple[str, ...] = ()
    mixed_note: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were measured, in order of appearance."""
        return tuple(dict.fromkeys(curve.model for curve in self.curves))


@dataclass(frozen=True, slots=True)
class FractionSize:
    """How many users a replica of this part of a GPU holds at the target; ``note`` says what that rests on."""

    gpu_fraction: float
    pods: int
    shared: bool | None
    users_per_replica: float | None
    users_per_gpu: float | None
    note: str


@dataclass(frozen=True, slots=True)
class ModelSize:
    """One model on GPUs of its own. ``gpu_held`` is what a replica takes of a GPU in this sizing: a whole one where
    half was asked for but never measured beside a neighbour."""

    model: str
    peak_users: int
    sized_users: float
    gpu_fraction: float | None = None
    gpu_held: float | None = None
    users_per_replica: float | None = None
    users_per_gpu: float | None = None
    replicas: int | None = None
    gpus: int | None = None
    ttft_ms: float | None = None
    measured_pods: int | None = None
    basis: str = ""
    extrapolated: bool = False
    fractions: tuple[FractionSize, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A replica's part of one GPU; ``replica`` counts from 1."""

    model: str
    replica: int
    fraction: float


@dataclass(frozen=True, slots=True)
class PackedGpu:
    """``server`` counts from 1, ``gpu`` from 0 in it."""

    server: int
    gpu: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to size. ``saved_gpus`` against the separate sizing; ``exact`` is False where the packing is only known
    to be near the least."""

    name: str
    gpus: int | None
    servers: int | None
    note: str
    saved_gpus: int | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """The model that takes the most GPUs, and the figure that decides it."""

    model: str
    gpus: int
    share_fraction: float
    figure: str


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The separate sizing with one thing changed."""

    name: str
    users_factor: float
    ttft_ms: float
    gpus: int | None
    servers: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sizing:
    """The answer. ``gpus`` is ``None`` where the reference can't answer; ``notes`` say why."""

    question: SizeQuestion
    reference: Reference
    gpus: int | None
    servers: int | None
    models: tuple[ModelSize, ...]
    packing: tuple[PackedGpu, ...]
    alternatives: tuple[Alternative, ...]
    sensitivity: tuple[Sensitivity, ...]
    bottleneck: Bottleneck | None
    extrapolated: bool
    notes: tuple[str, ...]
