"""What a report holds: every figure with what it was measured by, what the guide published, and how far they differ.

Values only; ``nimdeck.report/1`` (``docs/json.md``) has the same names. TTFT in milliseconds, differences in percent of
what they are compared with, ``None`` for what is not known.
"""

from dataclasses import dataclass
from typing import Literal

from tui.bench.figures import PointResult, Verdict
from tui.plans.report_ramp import RampReport
from tui.plans.values import Placed, PodSpread

Quantity = Literal["users", "output_tokens_per_second", "ttft_ms"]
QUANTITIES: tuple[Quantity, ...] = ("users", "output_tokens_per_second", "ttft_ms")
RAMP = "a ramp, all of it; users are the most of them"
"""How a row was found whose autoscaler was left on."""
NOT_PUBLISHED = "not published as numbers"


@dataclass(frozen=True, slots=True)
class Row:
    """One model in one cell, or one point of a run. ``models`` are all that ran at once, by name.

    ``state``: ``done``, ``failed``, ``skipped``, ``interrupted``, ``not run`` or ``does not fit``. ``users`` is the
    answer of a search or the load that was held. ``answer``: whether tables and effects may take it (of a run, one
    point is). ``scheduler``, ``gpu_per_pod``, ``pods`` and ``gpus`` are ``None`` where a run did not record them.
    """

    side: str
    cell: str
    test: str | None
    model: str
    title: str
    models: tuple[str, ...]
    scheduler: str | None
    gpu_per_pod: float | None
    pods: int | None
    gpus: float | None
    state: str
    simulated: bool
    answer: bool
    users: int | None = None
    rate: float | None = None
    users_interval: tuple[float, float] | None = None
    statistic: str = "mean"
    target_ms: float | None = None
    how: str = ""
    point: PointResult | None = None
    verdict: Verdict | None = None
    placed: Placed | None = None
    spread: PodSpread | None = None
    ready_seconds: float | None = None
    note: str = ""

    @property
    def alone(self) -> bool:
        return len(self.models) == 1

    @property
    def valid(self) -> bool:
        """Whether a verdict may rest on it: finished, and the client was fast enough."""
        return self.state == "done" and self.point is not None and self.point.valid

    @property
    def requests(self) -> int | None:
        """Those that succeeded: TTFT is over them."""
        return None if self.point is None else self.point.requests - self.point.failed

    @property
    def ttft_ms(self) -> float | None:
        """The statistic that the plan holds."""
        if self.point is None:
            return None
        found: float | None = getattr(self.point.ttft_ms, self.statistic, None)
        return found

    @property
    def ttft_interval(self) -> tuple[float, float | None] | None:
        """95 % of that statistic."""
        if self.point is None:
            return None
        name = "interval" if self.statistic == "mean" else f"{self.statistic}_interval"
        found: tuple[float, float | None] | None = getattr(self.point.ttft_ms, name, None)
        return found

    def figure(self, quantity: Quantity) -> float | None:
        """One of the three that the guide has."""
        if quantity == "users":
            return self.users
        if quantity == "ttft_ms":
            return self.ttft_ms
        return None if self.point is None else self.point.output_tokens_per_second

    def interval(self, quantity: Quantity) -> tuple[float, float | None] | None:
        """95 % of it; of users only where a search found them."""
        if quantity == "users":
            return self.users_interval
        if quantity == "ttft_ms":
            return self.ttft_interval
        return None if self.point is None else self.point.output_tokens_per_second_interval


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader has to know of a cell. ``kind``: ``failed``, ``skipped``, ``interrupted``, ``not run``,
    ``does not fit``, ``INVALID``, ``placement``, ``note`` or ``damage``."""

    side: str
    cell: str
    kind: str
    line: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the folders of the report. ``started_at`` and ``finished_at`` in Unix seconds; ``kind``: plan or run."""

    label: str
    name: str
    kind: str
    title: str
    simulated: bool
    started_at: float
    finished_at: float
    conditions: tuple[tuple[str, str], ...]
    unlike_guide: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @property
    def ramp(self) -> bool:
        """Whether its autoscalers were left on: nothing of it is a row of the guide."""
        return bool(self.rows) and all(row.how == RAMP for row in self.rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """``difference_percent`` of ``published``; ``None`` where either is not known, or the measured is not valid."""

    measured: float | None
    interval: tuple[float, float | None] | None
    published: float | None
    difference_percent: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of tables 5 to 8, measured by one side. ``note`` says why there is no figure, or what to mind."""

    table: int
    side: str
    model: str
    title: str
    scheduler: str
    gpu_per_pod: float
    pods: int
    cell: str | None
    simulated: bool
    valid: bool | None
    requests: int | None
    statistic: str
    how: str
    users: Compared
    output_tokens_per_second: Compared
    ttft_ms: Compared
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a curve of figures 17 to 21, ``pods`` of each model. ``published`` is ``None`` where the guide gives
    only a picture."""

    pods: int
    value: float | None
    interval: tuple[float, float | None] | None
    requests: int | None
    valid: bool
    published: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One curve, of one side."""

    name: str
    side: str
    simulated: bool
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from the guide's words and its one-pod numbers; never published as a number."""

    pods: int
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the guide's figures. ``number`` is the guide's; ``ideal_of`` the curve whose one pod the straight line
    extends, ``ideal_per_pod`` its figure."""

    number: int
    title: str
    quantity: Quantity
    series: tuple[Series, ...]
    derived: tuple[Derived, ...]
    ideal_of: str = ""
    ideal_per_pod: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Linearity:
    """How straight a curve is. ``r_squared`` is of the line through the origin, 1 - sum (y - bx)^2 / sum y^2;
    ``r_squared_about_mean`` the stricter one against the mean. ``efficiency``: (pods, figure over pods times the
    one-pod figure). ``drop_fraction`` is what is missing at the largest number of pods. ``searched`` false: users were
    given, not found, so how they grow says nothing."""

    side: str
    curve: str
    quantity: Quantity
    simulated: bool
    n: int
    slope: float | None
    r_squared: float | None
    r_squared_about_mean: float | None
    efficiency: tuple[tuple[int, float], ...]
    drop_fraction: float | None
    searched: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of conditions at one number of pods. ``kind``: ``fraction``, ``runai`` or ``mixing``; ``intervals``
    ``overlap`` (chance could have done it), ``apart``, or ``None`` where one is not known. ``stated``: the guide."""

    kind: str
    side: str
    model: str
    title: str
    pods: int
    quantity: Quantity
    base_name: str
    base: float
    other_name: str
    other: float
    change_percent: float
    intervals: str | None
    simulated: bool
    stated: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same cell in two sides. ``change_percent`` is of the first."""

    what: str
    a: str
    b: str
    quantity: Quantity
    before: float | None
    after: float | None
    change_percent: float | None
    intervals: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All of it; ``findings`` are the answers in sentences."""

    sides: tuple[Side, ...]
    findings: tuple[str, ...]
    tables: tuple[Entry, ...]
    figures: tuple[Figure, ...]
    linearity: tuple[Linearity, ...]
    effects: tuple[Effect, ...]
    pairs: tuple[Pair, ...]
    contradictions: tuple[str, ...]
    ramps: tuple[RampReport, ...] = ()

    @property
    def scaled(self) -> bool:
        """Whether any side is of the guide's kind: numbers of pods that are held."""
        return any(not side.ramp for side in self.sides)

    @property
    def simulated(self) -> bool:
        """Whether any figure of it comes from a model instead of a server."""
        return any(side.simulated for side in self.sides)
