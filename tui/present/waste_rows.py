"""What could be given back as rows: idle holds, room of pools, moves, fractions, quota. Unknown is a dash, never 0."""

from dataclasses import replace

from tui.model.snapshot import Snapshot
from tui.model.waste import FractionFit, IdleHold, PoolRoom, QuotaSlack, SliceMove, WholeGpu
from tui.present import format as fmt
from widgets.gpu_bar import share
from widgets.rows import Cell, Column, Row, Tone

BAR_CELLS, WIDE_BAR_CELLS = 20, 64
_HAIR = 1e-6
_NAME = 22

IDLE_COLUMNS = (
    Column("name", "WORKLOAD", _NAME, sort_letter="n", flexible=True, max_width=40),
    Column("project", "PROJECT", 10, sort_letter="p"),
    Column("idle", "IDLE", 6, "right", sort_letter="i"),
    Column("held", "HELD", 5, "right", sort_letter="h"),
    Column("since", "FOR", 8, "right", sort_letter="f"),
    Column("pods", "PODS", 5, "right", sort_letter="o", priority=3),
    Column("frees", "WHAT COMES FREE", 18),
    Column("nodes", "ON", 20, priority=2, flexible=True, max_width=80),
)
ROOM_COLUMNS = (
    Column("name", "POOL", 10, sort_letter="n", flexible=True, max_width=24),
    Column("bar", "█given ▒parts ·whole", BAR_CELLS),
    Column("gpus", "GPUS", 5, "right", sort_letter="g"),
    Column("given", "GIVEN", 6, "right", sort_letter="v"),
    Column("whole", "WHOLE", 5, "right", sort_letter="w"),
    Column("parts", "PARTS", 5, "right", sort_letter="p"),
    Column("block", "BLOCK", 5, "right", sort_letter="b"),
    Column("stranded", "STRANDED", 8, "right", sort_letter="s"),
    Column("largest", "LARGEST PART", 12, "right", sort_letter="l", priority=1),
    Column("fragmented", "FRAGMENTED", 10, "right", sort_letter="f", priority=1),
)
WIDE_ROOM_COLUMNS = tuple(
    replace(column, width=WIDE_BAR_CELLS, title="█ given  ▒ free in parts  · free whole  ╳ stranded")
    if column.key == "bar"
    else column
    for column in ROOM_COLUMNS
)
MOVE_COLUMNS = (
    Column("name", "NODE", 14, sort_letter="n", flexible=True, max_width=30),
    Column("pool", "POOL", 10, sort_letter="p", priority=1),
    Column("moved", "MOVES", 6, "right", sort_letter="m"),
    Column("what", "FOR ONE MORE WHOLE GPU", 36, flexible=True, max_width=120),
)
FRACTION_COLUMNS = (
    Column("name", "WORKLOAD", _NAME, sort_letter="n", flexible=True, max_width=40),
    Column("project", "PROJECT", 10, sort_letter="p", priority=1),
    Column("held", "WHOLE", 5, "right", sort_letter="h"),
    Column("fraction", "WOULD DO", 8, "right", sort_letter="f"),
    Column("saves", "SAVES", 6, "right", sort_letter="s"),
    Column("need", "NEEDS", 8, "right", sort_letter="d"),
    Column("used", "USES", 8, "right", sort_letter="u"),
    Column("of", "OF", 8, "right", priority=2),
    Column("by", "RECKONED BY", 36, priority=3),
)
QUOTA_COLUMNS = (
    Column("name", "PROJECT", 18, sort_letter="n", flexible=True, max_width=36),
    Column("quota", "QUOTA", 7, "right", sort_letter="q"),
    Column("given", "GIVEN", 7, "right", sort_letter="g"),
    Column("unused", "UNUSED", 7, "right", sort_letter="u"),
    Column("waiting", "WAITS FOR", 9, "right", sort_letter="w"),
    Column("over", "OVER", 7, "right", sort_letter="o"),
    Column("means", "", 20, flexible=True, max_width=60, priority=1),
)


# -- idle -------------------------------------------------------------------------------------------------------------


def idle_row(hold: IdleHold, snapshot: Snapshot, *, wide: bool = False) -> Row:
    """Who holds it, whom to ask, for how long it has done nothing, what comes free."""
    return Row(
        "/".join(hold.workload),
        (
            Cell(hold.workload.name, Tone.STRONG),
            Cell(hold.project or fmt.UNKNOWN),
            Cell(fmt.gpus(hold.gpus), Tone.WARN),
            Cell(fmt.gpus(hold.held)),
            Cell(fmt.age(hold.idle_seconds)),
            Cell(fmt.number(hold.pods)),
            Cell(comes_free(hold, snapshot)),
            Cell(_some(hold.nodes, 5 if wide else 1), Tone.DIM),
        ),
    )


def comes_free(hold: IdleHold, snapshot: Snapshot) -> str:
    """Which part of what it holds that is, in a few words."""
    row = snapshot.workloads.get(hold.workload)
    if row is None:
        return "pod of no workload"
    if hold.gpus >= hold.held - _HAIR:
        return "all that it holds"
    running = row.running_pods
    if running is not None and 0 < hold.pods < running:
        return f"{hold.pods} of {running} pods"
    return "a part of each pod"


# -- room -------------------------------------------------------------------------------------------------------------


def room_row(room: PoolRoom, *, wide: bool = False) -> Row:
    """A pool as a bar and its figures; what is stranded, and why, under it."""
    stranded = room.stranded or 0.0
    cells = (
        Cell(room.pool, Tone.STRONG),
        Cell(room_bar(room, WIDE_BAR_CELLS if wide else BAR_CELLS), Tone.ACCENT),
        Cell(fmt.gpus(room.allocatable)),
        Cell(fmt.gpus(room.allocated)),
        Cell(fmt.number(room.whole_free), Tone.WARN if room.whole_free == 0 else Tone.GOOD),
        Cell(fmt.gpus(room.in_parts)),
        Cell(fmt.number(room.largest_block)),
        Cell(fmt.gpus(room.stranded), Tone.WARN if stranded > _HAIR else Tone.NORMAL),
        Cell(fmt.gpus(room.largest_part)),
        Cell(fmt.percent(room.fragmentation)),
    )
    why = ", ".join(f"{fmt.gpus(gpus)} {reason}" for reason, gpus in room.stranded_by)
    notes = [Cell(f"stranded: {why}")] if why else []
    if room.unplaced > _HAIR:
        notes.append(Cell(f"{_gpus(room.unplaced)} given to pods whose GPU is not known: taken off the whole ones"))
    return Row(f"pool/{room.pool}", cells, sub=tuple(notes))


def room_bar(room: PoolRoom, width: int = BAR_CELLS) -> str:
    """``█████▒▒····╳``: given, free in parts, free whole, free on nodes that take no pod."""
    if room.free is None or not room.allocatable:
        return "─" * width
    parts = [
        ("█", room.allocated or 0.0),
        ("▒", room.in_parts or 0.0),
        ("·", float(room.whole_free or 0)),
        ("╳", room.stranded or 0.0),
    ]
    shown = [(glyph, gpus) for glyph, gpus in parts if gpus > _HAIR]
    if not shown:
        return "─" * width
    cells = share([gpus / room.allocatable for _, gpus in shown], width)
    return "".join(glyph * count for (glyph, _), count in zip(shown, cells, strict=True))


# -- fragmentation ----------------------------------------------------------------------------------------------------


def move_row(way: WholeGpu, *, wide: bool = False) -> Row:
    """A node, and what would have to leave which of its GPUs."""
    words = list(map(move_words, way.moves))
    count = f"{len(words)} part{'s' * (len(words) != 1)} would leave"
    first, notes = (words[0], words[1:]) if wide else (count, words)
    cells = (Cell(way.node, Tone.STRONG), Cell(way.pool), Cell(fmt.gpus(way.moved)), Cell(first))
    return Row(move_key(way), cells, sub=tuple(map(Cell, notes)))


def move_key(way: WholeGpu) -> str:
    """The key of its row."""
    return f"move/{way.node}/{way.moves[0].gpu.gpu}"


def move_words(move: SliceMove) -> str:
    """``llama-half (0.5) from GPU 3 to GPU 1 of node004``."""
    name = move.workload.name if move.workload is not None else str(move.pod)
    held = f"{name} ({fmt.gpus(move.fraction)}) from GPU {move.gpu.gpu}"
    if move.to is None:
        return f"{held}, which fits nowhere else: scale it down"
    where = "" if move.to.node == move.gpu.node else f" of {move.to.node}"
    return f"{held} to GPU {move.to.gpu}{where}"


# -- fractions --------------------------------------------------------------------------------------------------------


def fraction_row(fit: FractionFit) -> Row:
    """What it holds whole, what part would do, and what that was reckoned from."""
    saves = fit.saves or 0.0
    return Row(
        "/".join(fit.workload),
        (
            Cell(fit.workload.name, Tone.STRONG),
            Cell(fit.project or fmt.UNKNOWN),
            Cell(fmt.gpus(fit.gpus)),
            Cell("whole" if fit.fraction == 1 else fmt.gpus(fit.fraction)),
            Cell(fmt.gpus(fit.saves), Tone.GOOD if saves > _HAIR else Tone.NORMAL),
            Cell(fmt.size(fit.need_bytes)),
            Cell(fmt.size(fit.used_bytes)),
            Cell(fmt.size(fit.memory_bytes), Tone.DIM),
            Cell(reckoned_by(fit), Tone.DIM),
        ),
    )


def reckoned_by(fit: FractionFit) -> str:
    """What its need was reckoned from, in words."""
    if fit.measure == "weights":
        return "weights, as much again for KV cache"
    if fit.measure == "memory":
        return "memory in use and a quarter more"
    return "not known: it reserves all it sees" if fit.used_bytes else "not known: memory not measured"


# -- quota ------------------------------------------------------------------------------------------------------------


def quota_row(slack: QuotaSlack) -> Row:
    """A project's quota against what it holds and waits for."""
    cells = (
        Cell(slack.project, Tone.STRONG),
        Cell(fmt.gpus(slack.quota)),
        Cell(fmt.gpus(slack.allocated)),
        Cell(fmt.gpus(slack.unused)),
        Cell(fmt.gpus(slack.waiting), Tone.WARN if slack.waiting else Tone.NORMAL),
        Cell(fmt.gpus(slack.over), Tone.WARN if slack.over else Tone.NORMAL),
        Cell(quota_means(slack), Tone.DIM),
    )
    return Row(f"project/{slack.project}", cells)


def quota_means(slack: QuotaSlack) -> str:
    """The figures in words."""
    if slack.waiting and slack.unused:
        return "waits though within its quota"
    if slack.waiting and slack.over:
        return "waits, and is over its quota"
    if slack.waiting:
        return "waits, and has used its quota up"
    if slack.over:
        return "over quota: may be taken back"
    return "could lend what it does not use"


# -- words ------------------------------------------------------------------------------------------------------------


def _gpus(value: float) -> str:
    text = fmt.gpus(value)
    return f"{text} GPU" if text == "1" else f"{text} GPUs"


def _some(names: tuple[str, ...], most: int) -> str:
    """``node001``, ``node001 and 3 more``."""
    if not names:
        return fmt.UNKNOWN
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
