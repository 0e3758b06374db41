"""What can go wrong with a Kubernetes API: one small tree, each error one line that says what, where and what to do.

No message carries a token, a header or a body beyond the server's own one-line ``message``.
"""

import re

import msgspec

_FORBIDDEN = re.compile(
    r'cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
MESSAGE_LIMIT = 300
TOO_LARGE = "Too large resource version"  # the server lost its newest history, say by a restore: list anew


class KubeError(Exception):
    """Any trouble with the Kubernetes API. ``str`` of it is one line for a person.

    ``code`` and ``body`` are the server's answer, where there was one: the body is for the writer, never for a log.
    ``was_sent`` False: the request never left, for want of a connection.
    """

    code: int | None = None
    body: bytes = b""
    was_sent: bool = True


class BadConfig(KubeError):  # noqa: N818
    """The kubeconfig can't be used: the line names the file, the value and what would do."""


class NoConfig(BadConfig):
    """There is no kubeconfig at the usual places and none was named: Kubernetes is simply not configured."""


class Unreachable(KubeError):  # noqa: N818
    """No connection, no answer in time, or the server is overloaded (429, 5xx): worth another try."""


class Unauthorized(KubeError):  # noqa: N818
    """401: the credentials are wrong or have expired, and reading them again did not help."""


class Forbidden(KubeError):  # noqa: N818
    """403. ``right`` is what is missing, as one would write it in a Role: ``list pods at the cluster scope``."""

    def __init__(self, message: str, right: str) -> None:
        super().__init__(message)
        self.right = right


class NotFound(KubeError):  # noqa: N818
    """404: no such object, or the API does not serve the kind."""


class Gone(KubeError):  # noqa: N818
    """410: the resource version or the page's token is too old; list anew."""


class Refused(KubeError):  # noqa: N818
    """The server understood and said no (400, 405, 409, 415, 422)."""

    code: int

    def __init__(self, message: str, code: int, body: bytes) -> None:
        super().__init__(message)
        self.code = code
        self.body = body


class BadAnswer(KubeError):  # noqa: N818
    """What answered does not speak Kubernetes: HTML of a proxy, half a document, another service."""


class Status(msgspec.Struct, gc=False):
    """The body of an error, as far as it is read."""

    message: str | None = None
    reason: str | None = None
    code: int | None = None


_STATUS = msgspec.json.Decoder(Status)


def status_message(body: bytes) -> str:
    """The server's own line in an error body; empty when the body is no ``Status``."""
    try:
        message = _STATUS.decode(body).message or ""
    except msgspec.MsgspecError:
        return ""
    return one_line(message)


def one_line(text: str) -> str:
    """``text`` on one line and not longer than a status line can carry."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MESSAGE_LIMIT else flat[: MESSAGE_LIMIT - 1] + "…"


def missing_right(message: str, verb: str, resource: str, namespace: str | None) -> str:
    """The right that a 403 says is missing; what was asked for, where the server's wording is unknown."""
    match = _FORBIDDEN.search(message)
    if match:
        verb, resource, group, namespace = match.group("verb", "resource", "group", "namespace")
        resource = f"{resource}.{group}" if group else resource
    where = f"in namespace {namespace}" if namespace else "at the cluster scope"
    return f"{verb} {resource} {where}"


def error_of(code: int, body: bytes, method: str, path: str, server: str) -> KubeError:
    """The error that an answer of 400 and above means."""
    error = _error_of(code, body, method, path, server)
    error.code, error.body = code, body
    return error


def _error_of(code: int, body: bytes, method: str, path: str, server: str) -> KubeError:
    said = status_message(body)
    if code == 401:
        return Unauthorized(f"{server} refused the credentials (401): log in again or check the user of this context")
    if code == 403:
        right = missing_right(said, *_asked(method, path))
        return Forbidden(f"{right} is denied: ask for this right", right)
    if code == 404:
        return NotFound(said or f"{server}{path} is not served (404)")
    if code == 410 or (code == 504 and TOO_LARGE in said):
        return Gone(said or f"{path}: the version asked for is too old (410)")
    if code == 429 or code >= 500:
        return Unreachable(f"{server}{path} answered {code}{': ' + said if said else ''}; trying again")
    return Refused(said or f"{server}{path} answered {code}", code, body)


def _asked(method: str, path: str) -> tuple[str, str, str | None]:
    """Verb, resource and namespace of a request, for a 403 whose wording we don't know."""
    verbs = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    if len(parts) >= 3 and parts[0] == "namespaces":
        namespace, rest = parts[1], parts[2:]
    else:
        namespace, rest = None, parts
    verb = "list" if method == "GET" and len(rest) == 1 else verbs.get(method, method.lower())
    return verb, rest[0] if rest else path, namespace
