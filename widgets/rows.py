"""What a widget is given to draw: small view types, ready to show.

They hold text, roles and fractions; no cluster, no clock, no Textual. Colours are roles (``Tone``) or an index into the
theme's slice palette; letters and glyphs carry the meaning, colour only repeats it. ``None`` is unknown, never 0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Align = Literal["left", "right", "center"]


class Tone(StrEnum):
    """The role of a text; the theme gives it its colour."""

    NORMAL = "normal"
    DIM = "dim"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ACCENT = "accent"
    TITLE = "title"
    STRONG = "strong"


# -- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a ``LiveTable`` or of the GPU map.

    ``width`` is in terminal cells; one column of a table may ``flexible`` take what is left over. Columns of a higher
    ``priority`` number are dropped first where the terminal is narrow; 0 is never dropped. ``sort_letter`` is the key
    that follows ``s``.
    """

    key: str
    title: str
    width: int
    align: Align = "left"
    sort_letter: str = ""
    priority: int = 0
    flexible: bool = False
    max_width: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row. ``align`` overrides the column's. ``spark`` (0 to 1, ``None`` a gap) goes before the text.

    ``colour`` indexes the slice palette and is used for letters (``None``: the tone's own colour).
    """

    text: str
    tone: Tone = Tone.NORMAL
    align: Align | None = None
    spark: tuple[float | None, ...] = ()
    colour: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a ``LiveTable``: one cell a column, in the columns' order; ``sub`` are note lines drawn under it."""

    key: str
    cells: tuple[Cell, ...]
    marked: bool = False
    sub: tuple[Cell, ...] = ()
    tone: Tone = Tone.NORMAL  # of cells whose own tone is normal: DIM for a stale row


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A row of a ``FlowList``: ``lead`` stands in the margin, ``cells`` flow beside it, nothing is cut."""

    key: str
    cells: tuple[Cell, ...]
    lead: Cell = Cell("")


@dataclass(frozen=True, slots=True)
class SortKey:
    """One of the keys that rows are sorted by; a tuple of them is in order of weight."""

    column: str
    descending: bool = False


# -- the GPU map ------------------------------------------------------------------------------------------------------


class SegmentKind(StrEnum):
    HELD = "held"  # by a workload: its letter
    FREE = "free"  # ·
    UNKNOWN = "unknown"  # ─ neither known to be held nor known to be free
    OVERCOMMITTED = "overcommitted"  # claimed by two: its letter, in the tone of a fault


@dataclass(frozen=True, slots=True)
class GpuSegment:
    """A part of one GPU. ``fraction`` is 0 to 1 (``None``: held, but how much isn't known).

    Held segments are enough: what they leave is drawn free, or unknown where a fraction is ``None``.
    """

    letter: str
    colour: int
    fraction: float | None
    kind: SegmentKind = SegmentKind.HELD


@dataclass(frozen=True, slots=True)
class GpuCell:
    """One physical GPU of a node's row. ``utilization_text`` is ``71%`` or an en dash; ``alert`` puts ``!`` after it.

    ``spark`` (0 to 1, oldest first) and ``memory_fraction`` appear where the terminal is wide enough.
    """

    segments: tuple[GpuSegment, ...]
    utilization_text: str = "–"
    alert: bool = False
    memory_fraction: float | None = None
    spark: tuple[float | None, ...] = ()
    tone: Tone = Tone.NORMAL  # of the figure: DIM if stale, WARN, BAD


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node's line. Figures are ready text, an en dash where not known. A ``note`` stands in place of the GPUs.

    ``state`` is one glyph after the name (``✗`` not ready, ``⊘`` cordoned, blank: all is well).
    """

    key: str
    name: str
    state: str = ""
    pool: str = ""
    gpus: tuple[GpuCell, ...] = ()
    given: str = "–"
    utilization: str = "–"
    memory: str = "–"
    temperature: str = "–"
    power: str = "–"
    note: str = ""
    tone: Tone = Tone.NORMAL  # of the whole line: DIM if stale
    state_tone: Tone = Tone.BAD  # of the glyph and the note
    marked: bool = False


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A letter's meaning: ``A llama-31-8b ×24``."""

    letter: str
    colour: int
    label: str
    tone: Tone = Tone.NORMAL


# -- curves and bars --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """A curve: ``ys`` has ``None`` where there is a gap; ``colour`` indexes the slice palette."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float | None, ...]
    colour: int = 0


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart with axes, legend and a horizontal target line. ``x_ticks`` are (value, label), else automatic."""

    title: str
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    target: float | None = None
    target_label: str = "target"
    y_min: float | None = None
    y_max: float | None = None
    x_ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Spark:
    """A small curve with a name and its last value as text. Range 0 to ``maximum`` (``None``: the greatest value)."""

    label: str
    values: tuple[float | None, ...]
    text: str = ""
    maximum: float | None = 1.0
    tone: Tone = Tone.ACCENT


@dataclass(frozen=True, slots=True)
class BarView:
    """The cluster's bar: ``64 GPUs  51.5 given ████░░  9 whole free  3.5 in fractions``.

    ``fraction`` is the full part of the bar, ``unknown_fraction`` the part not known (``─``); ``None``: all of it.
    """

    lead: tuple[Cell, ...]
    fraction: float | None
    facts: tuple[Cell, ...] = ()
    unknown_fraction: float = 0.0


# -- around the panels ------------------------------------------------------------------------------------------------


class PanelPhase(StrEnum):
    LOADING = "loading"
    LIVE = "live"
    STALE = "stale"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PanelState:
    """Which of its five states a panel is in.

    ``text`` says what or why in one line (empty: why nothing is here; failed: what went wrong; loading: what is
    awaited); ``age`` is ready text for stale (``40 s``); ``remedy`` says what to do.
    """

    phase: PanelPhase
    text: str = ""
    age: str = ""
    remedy: str = ""


LIVE = PanelState(PanelPhase.LIVE)


class BadgeState(StrEnum):
    """The state of a source, by the same names as in the JSON contract."""

    LIVE = "live"
    STALE = "stale"
    ABSENT = "absent"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceBadge:
    """``prometheus ● 2 s``: name, state and a short text (age, version, ``denied``)."""

    name: str
    state: BadgeState
    text: str = ""


@dataclass(frozen=True, slots=True)
class HeaderView:
    """The top line. ``flags`` are short words that must be seen: PAUSED, READ-ONLY, REC, REPLAY ×4."""

    cluster: str
    profile: str = ""
    screen: str = ""
    badges: tuple[SourceBadge, ...] = ()
    flags: tuple[Cell, ...] = ()
    clock: str = ""


@dataclass(frozen=True, slots=True)
class FooterKey:
    """A key of the bottom line; a click posts its ``action``. ``badge`` is a count beside it (``3 pending ②``)."""

    key: str
    label: str
    action: str
    active: bool = False
    badge: str = ""
    side: Literal["left", "right"] = "left"
    tone: Tone = Tone.NORMAL


@dataclass(frozen=True, slots=True)
class HelpEntry:
    key: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class HelpSection:
    title: str
    entries: tuple[HelpEntry, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A section of a detail screen: ``key`` switches to it."""

    key: str
    label: str
    badge: str = ""


# -- one GPU in detail ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SliceLine:
    """A slice of a GPU in words: who holds how much of it, and uses how much."""

    letter: str
    colour: int
    name: str
    detail: str = ""
    asked: str = "–"
    used: str = "–"


@dataclass(frozen=True, slots=True)
class GpuCardView:
    """One physical GPU as a card: its bar, its figures, its slices, its curves of 30 minutes."""

    key: str
    title: str
    bar: GpuCell
    subtitle: str = ""
    facts: tuple[Cell, ...] = ()
    slices: tuple[SliceLine, ...] = ()
    sparks: tuple[Spark, ...] = ()
