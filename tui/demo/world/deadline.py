"""How long a Revision may take to become ready for the first time, and that it has taken too long."""

import re

from tui.demo.objects import Json
from tui.demo.world import api

EXCEEDED = ("ProgressDeadlineExceeded", "Initial scale was never achieved")
_DEFAULT_SECONDS = 600.0
_ANNOTATION = "serving.knative.dev/progress-deadline"
_KEYS = ("progress-deadline", "progressDeadline")  # the second is that of old releases
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(access: api.Api, revision: Json) -> float:
    """Of the clock on the wall, by the Revision's own annotation, else the ConfigMap, else Knative's default."""
    own = revision["metadata"].get("annotations", {}).get(_ANNOTATION)
    config = access.get(api.CONFIG_MAP, "knative-serving", "config-deployment") or {}
    told = [own, *(config.get("data", {}).get(key) for key in _KEYS)]
    return next((found for text in told if (found := duration(text))), _DEFAULT_SECONDS)


def failed(revision: Json) -> bool:
    """It has been given up."""
    return any(
        entry["type"] == "Ready" and entry["status"] == "False" and entry.get("reason") == EXCEEDED[0]
        for entry in revision.get("status", {}).get("conditions", [])
    )


def duration(text: str | None) -> float | None:
    """Seconds of Go's ``1h30m`` or ``1800s``; ``None`` for anything else."""
    parts = _PART.findall(text or "")
    if not text or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
