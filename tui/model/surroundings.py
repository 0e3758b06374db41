"""What a launch leans on beside the Snapshot: claims, secrets, classes and the fields the cluster's schema has.

Read on demand for one namespace. ``None`` in place of a tuple means *not known*, and ``unknown`` says why; an empty
tuple means that there are none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Claim:
    """A PersistentVolumeClaim. ``size_bytes`` is its capacity where bound, else its request."""

    name: str
    phase: str | None  # Bound, Pending, Lost
    storage_class: str | None
    access_modes: tuple[str, ...]
    size_bytes: int | None
    volume: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """That a Secret exists. ``type`` and ``keys`` are ``None`` where only its name may be read; values never are."""

    name: str
    type: str | None = None
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StorageClass:
    name: str
    provisioner: str | None
    is_default: bool
    waits_for_consumer: bool


@dataclass(frozen=True, slots=True)
class PriorityClass:
    name: str
    value: int | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``spec_fields`` are the names under ``spec`` of the served InferenceWorkload schema, ``None`` where it can't be
    read or is not structural. ``progress_deadline_seconds`` is Knative's, from ``config-deployment``.
    """

    namespace: str
    namespace_exists: bool | None = None
    claims: tuple[Claim, ...] | None = None
    secrets: tuple[SecretInfo, ...] | None = None
    storage_classes: tuple[StorageClass, ...] | None = None
    priority_classes: tuple[PriorityClass, ...] | None = None
    spec_fields: frozenset[str] | None = None
    has_inference_workloads: bool | None = None
    progress_deadline_seconds: float | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
