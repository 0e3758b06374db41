"""Refusals of the API, in kube-apiserver's own words: each becomes a ``Status`` answer."""

from collections.abc import Sequence
from typing import NamedTuple

from tui.demo.objects.resource import Json, Resource


class ApiError(Exception):
    """A refusal: HTTP ``code``, machine-readable ``reason``, human ``message``, perhaps ``details``, ``metadata``."""

    def __init__(
        self, code: int, reason: str, message: str, details: Json | None = None, metadata: Json | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.metadata = metadata or {}

    def status(self) -> Json:
        """The ``Status`` object to answer with."""
        status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure"}
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        return {**status, "code": self.code}


class Cause(NamedTuple):
    """One fault of an object: reason, message and the field's path."""

    reason: str
    message: str
    field: str


def details(res: Resource, name: str = "", *, kind: str | None = None) -> Json:
    """``details`` as the API server writes them: empty parts are left out."""
    parts = {"name": name, "group": res.group, "kind": kind or res.plural}
    return {key: value for key, value in parts.items() if value}


def not_found(res: Resource, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{res.key} "{name}" not found', details(res, name))


def already_exists(res: Resource, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{res.key} "{name}" already exists', details(res, name))


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def stale(res: Resource, name: str) -> ApiError:
    """A write that names a resourceVersion which is no longer the latest."""
    message = (
        f'Operation cannot be fulfilled on {res.key} "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    return ApiError(409, "Conflict", message, details(res, name))


def invalid(qualified_kind: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """422 with one cause a fault. ``qualified_kind`` is ``Pod`` or ``InferenceWorkload.run.ai``."""
    kind, _, group = qualified_kind.partition(".")
    faults = [f"{cause.field}: {cause.message}" for cause in causes]
    text = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
    parts: Json = {"name": name, "group": group, "kind": kind}
    parts = {key: value for key, value in parts.items() if value}
    parts["causes"] = [cause._asdict() for cause in causes]
    return ApiError(422, "Invalid", f'{qualified_kind} "{name}" is invalid: {text}', parts)


def expired(message: str, metadata: Json | None = None) -> ApiError:
    """410: what was asked for lies before the oldest version kept."""
    return ApiError(410, "Expired", message, metadata=metadata)
