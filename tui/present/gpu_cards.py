"""The GPUs of one node as cards: identity, figures, slices with their pods, curves of the last 30 minutes."""

from collections.abc import Callable, Sequence

from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId, ObjectKey
from tui.model.node import Node
from tui.model.pod import Pod
from tui.model.reading import Reading, value_of
from tui.present import format as fmt
from tui.present.letters import LetterBook
from tui.present.nodes import gpu_cell
from widgets.rows import Cell, GpuCardView, SliceLine, Spark, Tone

Curve = Sequence[tuple[float, float | None]]
CurveOf = Callable[[GpuId, str], Curve]

_CURVES = (
    ("util", "gpu_utilization_fraction", 1.0),
    ("memory", "gpu_memory_used_bytes", None),
    ("power", "gpu_power_watts", None),
    ("temp", "gpu_temperature_celsius", 100.0),
)


def gpu_cards(
    node: Node, pods: Callable[[ObjectKey], Pod | None], letters: LetterBook, curve_of: CurveOf, now: float
) -> list[GpuCardView]:
    """A card for each GPU of ``node``; ``curve_of`` gives the history of one GPU's metric."""
    return [_card(gpu, pods, letters, curve_of, now) for gpu in node.gpus]


def _card(
    gpu: Gpu, pods: Callable[[ObjectKey], Pod | None], letters: LetterBook, curve_of: CurveOf, now: float
) -> GpuCardView:
    return GpuCardView(
        key=f"{gpu.id.node}/{gpu.id.gpu}",
        title=f"GPU {gpu.id.gpu}" + (f" · {gpu.model}" if gpu.model else ""),
        subtitle=gpu.uuid or "no identity: no exporter reports this GPU",
        bar=gpu_cell(gpu, letters, now),
        facts=_facts(gpu, now),
        slices=tuple(_slice_line(part, gpu, pods(part.pod), letters) for part in gpu.slices),
        sparks=tuple(_spark(label, curve_of(gpu.id, metric), gpu, top) for label, metric, top in _CURVES),
    )


def _facts(gpu: Gpu, now: float) -> tuple[Cell, ...]:
    used, total = value_of(gpu.memory_used_bytes), value_of(gpu.memory_total_bytes)
    facts = [
        Cell(f"given {fmt.gpus(gpu.allocated_fraction)}"),
        Cell(f"util {fmt.percent(value_of(gpu.utilization_fraction))}"),
        Cell(f"mem {fmt.size(used)} of {fmt.size(total)}"),
        Cell(_figure(gpu.temperature_celsius, "{:.0f} °C"), _heat(gpu.temperature_celsius)),
        Cell(_figure(gpu.power_watts, "{:.0f} W")),
        Cell(_clock(gpu.sm_clock_hertz)),
        _xid(gpu.xid),
    ]
    if gpu.utilization_fraction is not None:
        reading = gpu.utilization_fraction
        facts.append(Cell(f"{reading.source}, {fmt.age(reading.age_seconds(now))} ago", Tone.DIM))
    return tuple(facts)


def _figure(reading: Reading | None, template: str) -> str:
    return fmt.UNKNOWN if reading is None else template.format(reading.value)


def _clock(reading: Reading | None) -> str:
    return "SM –" if reading is None else f"SM {reading.value / 1e6:.0f} MHz"


def _heat(reading: Reading | None) -> Tone:
    return Tone.BAD if reading is not None and reading.value >= 85 else Tone.NORMAL


def _xid(reading: Reading | None) -> Cell:
    """The last XID error: a number that the driver's log explains; 0 is none."""
    if reading is None:
        return Cell("XID –", Tone.DIM)
    return Cell("no XID", Tone.DIM) if reading.value == 0 else Cell(f"XID {reading.value:.0f}!", Tone.BAD)


def _slice_line(part: Slice, gpu: Gpu, pod: Pod | None, letters: LetterBook) -> SliceLine:
    sign = letters.sign(part.workload)
    total = value_of(gpu.memory_total_bytes)
    share = part.fraction * total if part.fraction is not None and total else None
    asked = fmt.gpus(part.fraction) if part.mig_profile is None else part.mig_profile
    phase = "" if pod is None else ("ready" if pod.ready else pod.phase)
    return SliceLine(
        letter=sign.letter,
        colour=sign.colour,
        name=part.workload.name if part.workload else "no known workload",
        detail=f"{part.pod}  {phase}  by {part.source}".strip(),
        asked=f"{asked} = {fmt.size(share)}" if share else asked,
        used=fmt.size(value_of(part.memory_used_bytes)),
    )


def _spark(label: str, curve: Curve, gpu: Gpu, top: float | None) -> Spark:
    values = tuple(value for _, value in curve)
    text = {
        "util": fmt.percent(value_of(gpu.utilization_fraction)),
        "memory": fmt.size(value_of(gpu.memory_used_bytes)),
        "power": _figure(gpu.power_watts, "{:.0f} W"),
        "temp": _figure(gpu.temperature_celsius, "{:.0f} °C"),
    }[label]
    maximum = value_of(gpu.memory_total_bytes) if label == "memory" else top
    return Spark(label, values, text, maximum)
