"""What a launch leans on in one namespace: claims, Secrets' names, classes, the served schema, Knative's deadline.

Read on demand, from a worker thread. What may not be read is ``None`` with its reason; no Secret's value is asked for.
"""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from tui.model.quantity import parse_quantity
from tui.model.surroundings import Surroundings
from tui.sources.kinds.loose import dig, text_at
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.discovery import Served, find_base
from tui.sources.kubernetes.errors import KubeError, NotFound, Unauthorized, Unreachable
from tui.sources.kubernetes.listing import claim_of, items_at, priority_class_of, secrets_at, storage_class_of
from tui.sources.kubernetes.schema import spec_fields

GROUP, PLURAL = "run.ai", "inferenceworkloads"
NIMS = f"{PLURAL}.{GROUP}"
KNATIVE_DEADLINE = "/api/v1/namespaces/knative-serving/configmaps/config-deployment"
KNATIVE_DEFAULT_SECONDS = 600.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}

T = TypeVar("T")


def read_surroundings(client: KubeClient, served: Served, namespace: str) -> Surroundings:
    """All of it. Never raises a ``KubeError``: each part that can't be read says why in ``unknown``."""
    ask = _Asker()
    space = f"/api/v1/namespaces/{quote(namespace, safe='')}"
    base = ask("has_inference_workloads", lambda: _base(client, served))
    schema = ask("spec_fields", lambda: spec_fields(client, GROUP, PLURAL, base)) if base else None
    return Surroundings(
        namespace=namespace,
        namespace_exists=ask("namespace_exists", lambda: _exists(client, space)),
        claims=ask("claims", lambda: tuple(map(claim_of, items_at(client, f"{space}/persistentvolumeclaims")))),
        secrets=ask("secrets", lambda: secrets_at(client, f"{space}/secrets")),
        storage_classes=ask(
            "storage_classes",
            lambda: tuple(map(storage_class_of, items_at(client, "/apis/storage.k8s.io/v1/storageclasses"))),
        ),
        priority_classes=ask(
            "priority_classes",
            lambda: tuple(map(priority_class_of, items_at(client, "/apis/scheduling.k8s.io/v1/priorityclasses"))),
        ),
        spec_fields=schema,
        has_inference_workloads=None if base is None else bool(base),
        progress_deadline_seconds=ask("progress_deadline_seconds", lambda: _deadline(client)),
        unknown=ask.unknown,
    )


class _Asker:
    """Asks one question after the other; when the server itself is the trouble, the rest are not asked."""

    def __init__(self) -> None:
        self.unknown: dict[str, str] = {}
        self._lost: KubeError | None = None

    def __call__(self, name: str, question: Callable[[], T]) -> T | None:
        if self._lost is None:
            try:
                return question()
            except KubeError as error:
                self.unknown[name] = str(error)
                if isinstance(error, Unreachable | Unauthorized):
                    self._lost = error
                return None
        self.unknown[name] = str(self._lost)
        return None


def duration_seconds(text: str) -> float | None:
    """Go's durations, such as ``1800s`` and ``1h30m``; a bare number is seconds. ``None`` for what is none."""
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return parse_quantity(text) if text.isdigit() else None


def _base(client: KubeClient, served: Served) -> str:
    """Where InferenceWorkloads are served; ``""``: they are not."""
    if NIMS in served.paths:
        return served.paths[NIMS]
    try:
        return find_base(client, GROUP, PLURAL)
    except NotFound:
        return ""


def _exists(client: KubeClient, path: str) -> bool:
    try:
        client.get(path)
    except NotFound:
        return False
    return True


def _deadline(client: KubeClient) -> float | None:
    """Knative's own setting; only the keys of ``data`` count, ``_example`` is for reading."""
    data = dig(client.get_json(KNATIVE_DEADLINE), "data")
    told = text_at(data, "progress-deadline") or text_at(data, "progressDeadline")
    return duration_seconds(told) if told else KNATIVE_DEFAULT_SECONDS
