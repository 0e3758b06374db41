"""What a Kubernetes answer to a write means: ``KubeError`` -> ``WriteError``. Pure; never looks at what was sent."""

import re

import msgspec

from tui.model.manifest import Change
from tui.sources.kubernetes.errors import BadAnswer, Forbidden, KubeError, NotFound, Unauthorized, Unreachable
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

_STRICT = re.compile(r'(unknown|duplicate) field "([^"]+)"')
_WRONG_TYPE = re.compile(r"cannot unmarshal (\S+) into Go struct field \S*?\.(\S+) of type (\S+)")
_DENIED_WEBHOOK = re.compile(
    r'admission webhook "[^"]+" denied the request|failed calling webhook|ValidatingAdmissionPol'
)
_MISSING_RIGHT = re.compile(r'cannot \S+ resource "')
_NO_NAMESPACE = re.compile(r'^namespaces "([^"]+)" not found')


class _Cause(msgspec.Struct):
    reason: str = ""
    message: str = ""
    field: str = ""


class _Details(msgspec.Struct):
    causes: list[_Cause] = []


class _Status(msgspec.Struct):
    message: str = ""
    reason: str = ""
    details: _Details | None = None


_DECODER = msgspec.json.Decoder(_Status)


def write_error(error: KubeError, change: Change) -> WriteError:
    """The error to raise for ``error``, which came of ``change``."""
    said = _read(error.body)
    message = " ".join(said.message.split())
    if _DENIED_WEBHOOK.search(message):
        return Rejected(f"{change.title}: {message}")
    if isinstance(error, Unauthorized):
        return NotAllowed(f"{change.title}: {error}")
    if isinstance(error, Forbidden):
        return _forbidden(error, message, change)
    if isinstance(error, NotFound):
        return _missing(error, message, change)
    if error.code in (None, 429, *range(200, 400)) or (error.code is not None and error.code >= 500):
        return _no_answer(error, message, change)
    return _refused(error.code or 0, said, message, change)


def _read(body: bytes) -> _Status:
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError:
        return _Status()


def _forbidden(error: Forbidden, message: str, change: Change) -> WriteError:
    """RBAC, or one of the many that say 403 without meaning it: quotas, Pod Security, a namespace that is ending."""
    if not message or _MISSING_RIGHT.search(message):
        return NotAllowed(f"{change.title}: {error}", error.right)
    return Rejected(f"{change.title}: {message}")


def _missing(error: NotFound, message: str, change: Change) -> Missing:
    if not message:
        return Missing(f"{change.title}: this cluster does not serve {change.resource}")
    if gone := _NO_NAMESPACE.match(message):
        return Missing(f"{change.title}: there is no namespace {gone.group(1)}: create the project first")
    return Missing(f"{change.title}: {message}; it may be gone: look again")


def _no_answer(error: KubeError, message: str, change: Change) -> NoAnswer:
    if error.code == 429:
        return NoAnswer(f"{change.title}: the API server is overloaded (429); nothing was changed: try again", False)
    if isinstance(error, Unreachable | BadAnswer) and error.code is None:
        return NoAnswer(f"{change.title}: no answer ({_plain(str(error))})")
    return NoAnswer(f"{change.title}: the API server answered {error.code}{': ' + message if message else ''}")


def _refused(code: int, said: _Status, message: str, change: Change) -> WriteError:
    causes = said.details.causes if said.details else []
    if code == 409 and said.reason == "AlreadyExists":
        return Exists(f"{change.title}: it exists already: choose another name, or edit what is there")
    if code == 409 or any(cause.field == "metadata.uid" for cause in causes):
        return Changed(f"{change.title}: it was changed meanwhile: look at it again ({message or '409'})")
    faults = tuple((cause.field, _plain(cause.message)) for cause in causes if cause.field) or _strict(message)
    if faults:
        shown = "; ".join(f"{field}: {what}" if field not in what else what for field, what in faults)
        return Invalid(f"{change.title}: {shown}", faults)
    if code == 422:
        return Invalid(f"{change.title}: {message or 'the API server says that it is invalid (422)'}")
    return Rejected(f"{change.title}: {message or f'the API server answered {code}'}")


def _strict(message: str) -> tuple[tuple[str, str], ...]:
    """The faults in the words of a decoder: unknown or duplicate fields, or one of a wrong type."""
    named = tuple((field, f"{how} field") for how, field in _STRICT.findall(message))
    if named or (wrong := _WRONG_TYPE.search(message)) is None:
        return named
    given, field, wanted = wrong.groups()
    return ((field, f"{given} given, {wanted} wanted"),)


def _plain(text: str) -> str:
    return " ".join(text.split()).removesuffix("; trying again")
