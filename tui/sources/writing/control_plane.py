"""One write to Run:ai's control plane: a change of verb ``request``, and what the answers to it mean."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change
from tui.sources.runai.control_plane import ControlPlane
from tui.sources.runai.fault import Kind, RunaiError
from tui.sources.runai.http import Answer, error_text
from tui.sources.writing.body import encoded, scrubbed
from tui.sources.writing.errors import (
    Changed,
    Exists,
    Invalid,
    Missing,
    NoAnswer,
    NotAllowed,
    Rejected,
    WriteError,
)

METHODS = ("POST", "PUT", "PATCH", "DELETE")


class _Issue(msgspec.Struct):
    field: str = ""
    details: str = ""


class _Submission(msgspec.Struct):
    complianceIssues: list[_Issue] | None = None  # noqa: N815 - the wire's name


def send_request(runai: ControlPlane | None, change: Change, dry_run: bool) -> JsonObject:
    """Send it; the answer's JSON, empty where it has none. Raises a ``WriteError``.

    The control plane has no dry run: then nothing is sent.
    """
    method, _, path = change.resource.partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise Rejected(f"{change.title}: {change.resource!r} is no request: METHOD /path is meant")
    if runai is None:
        raise Rejected(f"{change.title}: no Run:ai control plane is configured: set runai.url and runai.client_id")
    if dry_run:
        return {}
    trouble: RunaiError
    try:
        answer = runai.send(method, path, encoded(_unwrapped(change.body)) if change.body is not None else None)
    except RunaiError as error:
        trouble = error.with_traceback(None)
    else:
        return _good(answer, change)
    raise _untold(trouble, change) from None


def _unwrapped(body: JsonObject) -> JsonObject | Sequence[JsonValue]:
    """What lies under ``items`` alone goes as a bare array, as bare arrays are read into ``items``."""
    items = body.get("items")
    if len(body) == 1 and isinstance(items, Sequence) and not isinstance(items, str):
        return items
    return body


def _good(answer: Answer, change: Change) -> JsonObject:
    if answer.status >= 300:
        raise _refusal(answer, change)
    if not answer.body.strip():
        return {}
    try:
        found: Any = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        line = f"{change.title}: the answer is not Run:ai's JSON: check runai.url; look whether it happened"
        raise NoAnswer(line) from None
    return found if isinstance(found, dict) else {"items": found}


def _untold(error: RunaiError, change: Change) -> WriteError:
    """No answer at all, or no token: only with a token was anything sent."""
    if error.kind is Kind.DENIED:
        return NotAllowed(f"{change.title}: {error.line}")
    if not error.was_sent:
        return NoAnswer(f"{change.title}: {error.line}; nothing was changed", False)
    return NoAnswer(f"{change.title}: {error.line}; nobody knows whether it happened: look before you try again")


def _refusal(answer: Answer, change: Change) -> WriteError:
    said = scrubbed(error_text(answer.body), change.body)
    tail = f": {said}" if said else ""
    line = f"{change.title}: the control plane answered {answer.status}{tail}"
    status = answer.status
    if status in (401, 403):
        return NotAllowed(f"{line}: give the application a role that may do it", change.resource)
    if status == 404:
        return Missing(f"{line}; it may be gone, or this version of Run:ai has no such call")
    if status == 409:
        return Exists(line) if change.resource.startswith("POST") else Changed(f"{line}: look at it again")
    if status == 429:
        return NoAnswer(f"{line}; nothing was changed: try again", False)
    if status >= 500:
        return NoAnswer(f"{line}; nobody knows whether it happened: look before you try again")
    if issues := _issues(answer.body):
        faults = tuple((field, scrubbed(what, change.body)) for field, what in issues)
        return Invalid(f"{line}: " + "; ".join(f"{field}: {what}" for field, what in faults), faults)
    return Invalid(line) if status in (400, 422) else Rejected(line)


def _issues(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        found = msgspec.json.decode(body, type=_Submission).complianceIssues or []
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()
    return tuple((issue.field, " ".join(issue.details.split())) for issue in found if issue.field)
