"""What a Service tells Knative's autoscaler by its annotations, and the cluster by ``config-autoscaler``. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world.deadline import duration
from tui.demo.world.operator import SCALING

_COUNTED = frozenset({"concurrency", "rps", "throughput"})  # what a proxy can hold; the last is Run:ai's word for rps
_KPA = "kpa.autoscaling.knative.dev"
_UNBOUNDED = 10**6


@dataclass(frozen=True, slots=True)
class ScaleRules:
    """Times are seconds of a real cluster. ``high`` is 0 where no replica is wanted at all (suspended).

    ``counted``: requests move it. ``to_zero``: while there are none, its last replica goes; it stays ``window`` after
    it became active or was last asked, and then ``grace`` or ``retention``, whichever is longer. ``activation`` are
    the fewest of one that is asked; ``delay`` is how long fewer must be enough before there are fewer.
    """

    low: int
    high: int
    counted: bool
    by_concurrency: bool
    target: float
    activation: int
    to_zero: bool
    window_seconds: float
    grace_seconds: float
    retention_seconds: float
    delay_seconds: float


def rules_of(service: Json, config: Mapping[str, str]) -> ScaleRules:
    """``config`` is the data of ``config-autoscaler``. Raises ``ValueError`` for a number that is none."""
    annotations = annotations_of(service)
    low, high = bounds(annotations)
    metric = annotations.get(f"{SCALING}metric", "concurrency")

    counted = metric in _COUNTED and annotations.get(f"{SCALING}class", _KPA) == _KPA

    def seconds(annotation: str, key: str, default: float) -> float:
        told = (duration(annotations.get(SCALING + annotation)), duration(config.get(key)))
        return next((found for found in told if found is not None), default)

    return ScaleRules(
        low,
        high,
        counted,
        metric == "concurrency",
        float(annotations.get(f"{SCALING}target", 100)),
        int(annotations.get(f"{SCALING}activation-scale", 1)),
        counted and low == 0 and config.get("enable-scale-to-zero", "true") == "true",
        seconds("window", "stable-window", 60.0),
        duration(config.get("scale-to-zero-grace-period")) or 30.0,
        seconds("scale-to-zero-pod-retention-period", "scale-to-zero-pod-retention-period", 0.0),
        seconds("scale-down-delay", "scale-down-delay", 0.0),
    )


def annotations_of(service: Json) -> dict[str, str]:
    """Those of the template, which its Revisions get."""
    found: dict[str, str] = service["spec"]["template"].get("metadata", {}).get("annotations", {})
    return found


def bounds(annotations: Mapping[str, str]) -> tuple[int, int]:
    """(fewest, most) replicas. No upper bound is "0"; with a lower one of 0 Run:ai means by it that none is wanted."""
    low, high = (int(annotations.get(f"{SCALING}{end}-scale", 0)) for end in ("min", "max"))
    told = f"{SCALING}max-scale" in annotations
    return low, high or (0 if told and not low else _UNBOUNDED)
