"""What a metrics source delivers: columns of figures, each with one sample time and one source."""

from collections.abc import Mapping
from dataclasses import dataclass

from tui.model.gpu import GpuIdentity
from tui.model.ids import GpuId, ObjectKey

MetricKey = GpuId | ObjectKey | str


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """One metric of ``config/queries.toml`` over all its subjects.

    ``metric`` is the catalogue's name with its unit (``gpu_utilization_fraction``, ``gpu_memory_used_bytes``, ...).
    Keys are ``GpuId`` for scope ``gpu``, ``ObjectKey`` for ``pod`` and ``workload``, the name for ``node`` and
    ``project``. NaN and infinities never get here. ``source`` is the family that answered (``dcgm``, ``runai``, ...);
    ``at`` the Unix time of the samples.
    """

    metric: str
    source: str
    at: float
    values: Mapping[MetricKey, float]


@dataclass(frozen=True, slots=True)
class GpuIdentities:
    """All GPUs that a metrics source reports."""

    source: str
    at: float
    items: tuple[GpuIdentity, ...]
