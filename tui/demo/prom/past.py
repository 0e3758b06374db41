"""A plausible past for series that begin with the process, so that curves are there at once.

The same GPU swings alike in every metric that tells of its load. Nothing here is ever served as a fresh sample.
"""

import math
from dataclasses import dataclass
from zlib import crc32

from tui.demo.prom.labels import NAME, LabelSet


@dataclass(frozen=True, slots=True)
class _Swing:
    """How far a gauge swings: a fraction of its value, and the bounds it keeps."""

    fraction: float
    low: float = 0.0
    high: float = math.inf


_SWINGS = (
    ("UTIL", _Swing(0.45, 0.0, 100.0)),
    ("utilization", _Swing(0.45, 0.0, 100.0)),
    ("_ACTIVE", _Swing(0.45, 0.0, 1.0)),
    ("POWER_USAGE", _Swing(0.25, 40.0)),
    ("GPU_TEMP", _Swing(0.12, 20.0)),
    ("MEMORY_TEMP", _Swing(0.08, 20.0)),
    ("SM_CLOCK", _Swing(0.05)),
    ("num_requests_running", _Swing(0.5)),
)
_COUNTER_RATES = (("TOTAL_ENERGY_CONSUMPTION", 250_000.0), ("PCIE_TX_BYTES", 4e8), ("PCIE_RX_BYTES", 6e8))  # a second
_HOUR_LONG = ("_bucket", "_count", "_sum", "tokens_total", "success_total", "finish_total")  # NIMs: up for an hour


def plausible_past(labels: LabelSet, value: float, times: list[float]) -> list[float]:
    """Values at ``times``, ending near ``value``: a swing for loads, a slope for counters, else the value itself."""
    name = labels.get(NAME)
    for part, rate in _COUNTER_RATES:
        if part in name:
            return [max(0.0, value - rate * (times[-1] - at)) for at in times]
    if name.endswith(_HOUR_LONG):
        return [value * max(0.0, 1 - (times[-1] - at) / 3600) for at in times]
    for part, swing in _SWINGS:
        if part in name and value:
            return _swinging(labels, value, times, swing)
    return [value] * len(times)


def _swinging(labels: LabelSet, value: float, times: list[float], swing: _Swing) -> list[float]:
    node = labels.get("Hostname") or labels.get("hostname") or labels.get("node")
    seed = crc32(f"{node}/{labels.get('gpu')}".encode())
    phase = (seed % 6283) / 1000
    slow = 2 * math.pi / (420 + seed % 600)  # one swing in 7 to 17 minutes
    now = times[-1]
    result = []
    for at in times:
        age = now - at
        weight = min(1.0, age / 60)  # no jump where the past meets the present
        wave = 0.6 * math.sin(phase + slow * age) + 0.3 * math.sin(1.7 * phase + 3.1 * slow * age)
        jitter = (crc32(f"{seed}/{int(at)}".encode()) % 1000 / 1000 - 0.5) * 0.3
        result.append(min(swing.high, max(swing.low, value * (1 + swing.fraction * weight * (wave + jitter)))))
    if _is_whole(labels.get(NAME)):
        return [float(round(item)) for item in result]
    return result


def _is_whole(name: str) -> bool:
    """DCGM's device counters are integers, all but the power."""
    return name.startswith("DCGM_FI_DEV_") and "POWER" not in name
