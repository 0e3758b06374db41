"""Whole lists on demand, page by page, and what nimdeck reads of the kinds that it lists this way.

Blocking; may raise a ``KubeError``. Of a Secret only name and type are asked for.
"""

from collections.abc import Callable
from typing import Any

from tui.model.quantity import parse_quantity
from tui.model.surroundings import Claim, PriorityClass, SecretInfo, StorageClass
from tui.sources.kinds.loose import count_at, dig, list_at, text_at
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.decode import collector_paused

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
NAMES_ONLY = f"application/json;as=Table;g=meta.k8s.io;v=v1,{METADATA_ONLY}"
PAGE_ITEMS = 500
_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


Seconds = Callable[[], float | None]  # how long the next request may take; ``None``: as long as the client bears


def patient() -> float | None:
    """As long as the client bears."""
    return None


def items_at(
    client: KubeClient, path: str, accept: str = "application/json", seconds: Seconds = patient
) -> list[object]:
    """All items of the list at ``path`` that have a name."""
    pages = pages_at(client, path, accept, seconds=seconds)
    return [item for page in pages for item in list_at(page, "items") if text_at(item, "metadata", "name")]


def pages_at(
    client: KubeClient,
    path: str,
    accept: str = "application/json",
    more: dict[str, str] | None = None,
    seconds: Seconds = patient,
) -> list[Any]:
    """All pages of a list, decoded."""
    pages: list[Any] = []
    query: dict[str, str | int | bool] = {"limit": PAGE_ITEMS, **(more or {})}
    while True:
        body = client.stream(path, query, seconds(), accept).read()
        with collector_paused():
            pages.append(decoded(body, client.server, path))
        token = text_at(pages[-1], "metadata", "continue")
        if token is None:
            return pages
        query["continue"] = token


def secrets_at(client: KubeClient, path: str, seconds: Seconds = patient) -> tuple[SecretInfo, ...]:
    """Names, and the types where the server draws tables; a Secret's values are in neither."""
    found: list[SecretInfo] = []
    for page in pages_at(client, path, NAMES_ONLY, {"includeObject": "None"}, seconds):
        columns = [text_at(column, "name") for column in list_at(page, "columnDefinitions")]
        for row in list_at(page, "rows"):
            cells = dict(zip(columns, list_at(row, "cells"), strict=False))
            if name := text_at(cells, "Name"):
                found.append(SecretInfo(name, text_at(cells, "Type")))
        names = (text_at(item, "metadata", "name") for item in list_at(page, "items"))
        found.extend(SecretInfo(name) for name in names if name)
    return tuple(found)


def claim_of(item: object) -> Claim:
    """Of a PersistentVolumeClaim as JSON."""
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


def storage_class_of(item: object) -> StorageClass:
    """Of a StorageClass as JSON."""
    annotations = dig(item, "metadata", "annotations")
    return StorageClass(
        name=text_at(item, "metadata", "name") or "",
        provisioner=text_at(item, "provisioner"),
        is_default=any(text_at(annotations, key) == "true" for key in _DEFAULT_CLASS),
        waits_for_consumer=text_at(item, "volumeBindingMode") == "WaitForFirstConsumer",
    )


def priority_class_of(item: object) -> PriorityClass:
    """Of a PriorityClass as JSON."""
    return PriorityClass(text_at(item, "metadata", "name") or "", count_at(item, "value"))
