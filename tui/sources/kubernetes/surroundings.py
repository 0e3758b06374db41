"""What a launch leans on in one namespace: claims, Secrets' names, classes, the served schema, Knative's deadline.

Read on demand, from a worker thread. What may not be read is ``None`` with its reason; no Secret's value is asked for.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from tui.model.quantity import parse_quantity
from tui.model.surroundings import Claim, PriorityClass, SecretInfo, StorageClass, Surroundings
from tui.sources.kinds.loose import count_at, dig, list_at, text_at
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.discovery import Served, find_base
from tui.sources.kubernetes.errors import KubeError, NotFound, Unauthorized, Unreachable
from tui.sources.kubernetes.schema import spec_fields

GROUP, PLURAL = "run.ai", "inferenceworkloads"
NIMS = f"{PLURAL}.{GROUP}"
NAMES_ONLY = (
    "application/json;as=Table;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)
KNATIVE_DEADLINE = "/api/v1/namespaces/knative-serving/configmaps/config-deployment"
KNATIVE_DEFAULT_SECONDS = 600.0
PAGE_ITEMS = 500
_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
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
        claims=ask("claims", lambda: tuple(map(_claim, _items(client, f"{space}/persistentvolumeclaims")))),
        secrets=ask("secrets", lambda: _secrets(client, f"{space}/secrets")),
        storage_classes=ask(
            "storage_classes",
            lambda: tuple(map(_storage_class, _items(client, "/apis/storage.k8s.io/v1/storageclasses"))),
        ),
        priority_classes=ask(
            "priority_classes",
            lambda: tuple(map(_priority_class, _items(client, "/apis/scheduling.k8s.io/v1/priorityclasses"))),
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


def _secrets(client: KubeClient, path: str) -> tuple[SecretInfo, ...]:
    """Names, and the types where the server draws tables; a Secret's values are in neither."""
    found: list[SecretInfo] = []
    for page in _pages(client, path, NAMES_ONLY, {"includeObject": "None"}):
        columns = [text_at(column, "name") for column in list_at(page, "columnDefinitions")]
        for row in list_at(page, "rows"):
            cells = dict(zip(columns, list_at(row, "cells"), strict=False))
            if name := text_at(cells, "Name"):
                found.append(SecretInfo(name, text_at(cells, "Type")))
        names = (text_at(item, "metadata", "name") for item in list_at(page, "items"))
        found.extend(SecretInfo(name) for name in names if name)
    return tuple(found)


def _items(client: KubeClient, path: str) -> list[object]:
    return [
        item for page in _pages(client, path) for item in list_at(page, "items") if text_at(item, "metadata", "name")
    ]


def _pages(
    client: KubeClient, path: str, accept: str = "application/json", more: dict[str, str] | None = None
) -> list[Any]:
    """All pages of a list, decoded."""
    pages: list[Any] = []
    query: dict[str, str | int | bool] = {"limit": PAGE_ITEMS, **(more or {})}
    while True:
        body = client.request("GET", path, query, headers={"Accept": accept}).body
        pages.append(decoded(body, client.server, path))
        token = text_at(pages[-1], "metadata", "continue")
        if token is None:
            return pages
        query["continue"] = token


def _claim(item: object) -> Claim:
    phase = text_at(item, "status", "phase")
    size = text_at(item, "status", "capacity", "storage") or text_at(item, "spec", "resources", "requests", "storage")
    number = parse_quantity(size)
    messages = (text_at(condition, "message") for condition in list_at(item, "status", "conditions"))
    return Claim(
        name=text_at(item, "metadata", "name") or "",
        phase=phase,
        storage_class=text_at(item, "spec", "storageClassName"),
        access_modes=tuple(str(mode) for mode in list_at(item, "spec", "accessModes")),
        size_bytes=int(number) if number is not None else None,
        volume=text_at(item, "spec", "volumeName"),
        message="; ".join(message for message in messages if message),
    )


def _storage_class(item: object) -> StorageClass:
    annotations = dig(item, "metadata", "annotations")
    return StorageClass(
        name=text_at(item, "metadata", "name") or "",
        provisioner=text_at(item, "provisioner"),
        is_default=any(text_at(annotations, key) == "true" for key in _DEFAULT_CLASS),
        waits_for_consumer=text_at(item, "volumeBindingMode") == "WaitForFirstConsumer",
    )


def _priority_class(item: object) -> PriorityClass:
    return PriorityClass(text_at(item, "metadata", "name") or "", count_at(item, "value"))
