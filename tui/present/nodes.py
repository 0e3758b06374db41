"""A node as a row of the GPU map: slices with their letters, figures as text, trouble as a note."""

from collections.abc import Callable, Mapping
from operator import attrgetter

from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId
from tui.model.node import Node
from tui.model.reading import Reading, value_of
from tui.present import format as fmt
from tui.present.filter import FieldValue, Subject
from tui.present.letters import LetterBook
from tui.present.totals import IDLE_AFTER_SECONDS
from widgets.rows import Column, GpuCell, GpuSegment, NodeRow, SegmentKind, Tone

STALE_AFTER_SECONDS = 90.0  # a DCGM exporter is scraped every 15 to 30 s: three misses
_OVER = 1.0 + 1e-6
_HOT_CELSIUS = 85.0

# What ``s`` offers. Where and how wide they are drawn is the map's affair (``widgets/gpu_layout.py``).
COLUMNS = (
    Column("name", "NODE", 8, sort_letter="n"),
    Column("pool", "POOL", 8, sort_letter="p"),
    Column("given", "GIVEN", 8, "right", sort_letter="g"),
    Column("free", "FREE", 8, "right", sort_letter="f"),
    Column("utilization", "UTIL", 5, "right", sort_letter="u"),
    Column("memory", "MEM", 5, "right", sort_letter="m"),
    Column("temperature", "TEMP", 5, "right", sort_letter="t"),
    Column("power", "POWER", 7, "right", sort_letter="w"),
)

# What can't change while the diff between snapshots says that only measured figures did.
STEADY_COLUMNS = frozenset({"name", "pool", "given", "free"})

FIELDS = frozenset(
    {
        "name",
        "pool",
        "model",
        "ready",
        "schedulable",
        "gpus",
        "given",
        "free",
        "unplaced",
        "util",
        "mem",
        "temp",
        "power",
    }
)


_PLAIN: Mapping[str, Callable[[Node], FieldValue]] = {
    "name": attrgetter("name"),
    "pool": attrgetter("pool"),
    "model": attrgetter("gpu_model"),
    "ready": attrgetter("ready"),
    "schedulable": attrgetter("schedulable"),
    "gpus": attrgetter("gpu_allocatable"),
    "unplaced": attrgetter("gpu_unplaced"),
}


def node_row(
    node: Node,
    letters: LetterBook,
    now: float,
    *,
    marked: bool = False,
    sparks: Mapping[GpuId, tuple[float | None, ...]] | None = None,
) -> NodeRow:
    """The node's line. Figures older than ``STALE_AFTER_SECONDS`` are dimmed, never dropped."""
    note = node.status_note if node.ready is False else ""
    return NodeRow(
        key=node.name,
        name=node.name,
        state=_state_glyph(node),
        pool=node.pool or "",
        gpus=tuple(gpu_cell(gpu, letters, now, (sparks or {}).get(gpu.id, ())) for gpu in node.gpus),
        given=given_text(node),
        utilization=fmt.percent(value_of(node.utilization_fraction)),
        memory=fmt.percent(memory_fraction(node)),
        temperature=_temperature(node),
        power=_power(node),
        note=note,
        tone=Tone.DIM if _is_stale(node.utilization_fraction, now) else Tone.NORMAL,
        state_tone=Tone.BAD if node.ready is False else Tone.WARN,
        marked=marked,
    )


def given_text(node: Node) -> str:
    """``3.0/4``; ``~3/4`` when taken from Prometheus alone; ``3.5?/4`` when a part has no known GPU."""
    if node.gpu_allocated is None:
        return f"{fmt.UNKNOWN}/{fmt.gpus(node.gpu_allocatable)}"
    mark = "~" if node.approximate else ""
    placed = "?" if (node.gpu_unplaced or 0.0) > 1e-6 else ""
    return f"{mark}{fmt.gpus(node.gpu_allocated)}{placed}/{fmt.gpus(node.gpu_allocatable)}"


def memory_fraction(node: Node) -> float | None:
    """GPU memory in use over all of the node's GPUs."""
    used, total = value_of(node.memory_used_bytes), value_of(node.memory_total_bytes)
    return used / total if used is not None and total else None


def subject(node: Node) -> Subject:
    """What a filter sees: figures in percent where the screen shows percent."""
    return Subject(lambda: _text(node), lambda name: field(node, name))


def _text(node: Node) -> str:
    workloads = {s.workload.name for gpu in node.gpus for s in gpu.slices if s.workload is not None}
    return " ".join((node.name, node.pool or "", node.gpu_model or "", node.status_note, *sorted(workloads)))


def field(node: Node, name: str) -> FieldValue:
    """A node's value for sorting and comparing; ``None`` where it is not known."""
    match name:
        case "util" | "utilization":
            return _percent(value_of(node.utilization_fraction))
        case "mem" | "memory":
            return _percent(memory_fraction(node))
        case "given":
            return node.gpu_allocated
        case "free":
            return node.gpu_free
        case "temp" | "temperature":
            return hottest(node)
        case "power":
            return total_power(node)
    return _plain_field(node, name)


def _plain_field(node: Node, name: str) -> FieldValue:
    attribute = _PLAIN.get(name)
    return None if attribute is None else attribute(node)


def hottest(node: Node) -> float | None:
    """The temperature of the hottest GPU in degrees Celsius."""
    return max((gpu.temperature_celsius.value for gpu in node.gpus if gpu.temperature_celsius), default=None)


def total_power(node: Node) -> float | None:
    """Watts of all GPUs; ``None`` unless every one reports."""
    readings = [gpu.power_watts for gpu in node.gpus]
    if not readings or any(reading is None for reading in readings):
        return None
    return sum(reading.value for reading in readings if reading is not None)


def gpu_cell(gpu: Gpu, letters: LetterBook, now: float, spark: tuple[float | None, ...] = ()) -> GpuCell:
    """One GPU as a bar of its slices; ``!`` where it stands idle but held, faulty, or claimed twice."""
    idle = bool(gpu.slices) and (gpu.idle_seconds or 0.0) >= IDLE_AFTER_SECONDS
    faulty = gpu.xid is not None and gpu.xid.value != 0
    over = (gpu.allocated_fraction or 0.0) > _OVER
    used, total = value_of(gpu.memory_used_bytes), value_of(gpu.memory_total_bytes)
    return GpuCell(
        segments=_segments(gpu, letters, over),
        utilization_text=fmt.percent(value_of(gpu.utilization_fraction)),
        alert=idle or faulty or over,
        memory_fraction=used / total if used is not None and total else None,
        spark=spark,
        tone=_gpu_tone(gpu, now, bad=faulty or over, warn=idle),
    )


def _segments(gpu: Gpu, letters: LetterBook, over: bool) -> tuple[GpuSegment, ...]:
    if gpu.allocated_fraction is None and not gpu.slices:
        return (GpuSegment("", 0, None, SegmentKind.UNKNOWN),)
    kind = SegmentKind.OVERCOMMITTED if over else SegmentKind.HELD
    return tuple(_segment(part, letters, kind) for part in gpu.slices)


def _segment(part: Slice, letters: LetterBook, kind: SegmentKind) -> GpuSegment:
    sign = letters.sign(part.workload)
    return GpuSegment(sign.letter, sign.colour, part.fraction, kind)


def _gpu_tone(gpu: Gpu, now: float, *, bad: bool, warn: bool) -> Tone:
    if bad or (gpu.temperature_celsius is not None and gpu.temperature_celsius.value >= _HOT_CELSIUS):
        return Tone.BAD
    if warn:
        return Tone.WARN
    return Tone.DIM if _is_stale(gpu.utilization_fraction, now) else Tone.NORMAL


def _is_stale(reading: Reading | None, now: float) -> bool:
    return reading is not None and reading.age_seconds(now) > STALE_AFTER_SECONDS


def _state_glyph(node: Node) -> str:
    if node.ready is False:
        return "✗"
    if node.schedulable is False:
        return "⊘"
    return "?" if node.ready is None and node.object is not None else ""


def _temperature(node: Node) -> str:
    value = hottest(node)
    return fmt.UNKNOWN if value is None else f"{value:.0f}°"


def _power(node: Node) -> str:
    value = total_power(node)
    if value is None:
        return fmt.UNKNOWN
    return f"{value / 1000:.1f} kW" if value >= 1000 else f"{value:.0f} W"


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else fraction * 100.0
