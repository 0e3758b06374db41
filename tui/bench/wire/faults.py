"""What can go wrong on the wire, in one vocabulary, and the server's own words made fit to print.

The kinds: ``connect``, ``timeout``, ``reset``, ``http_<status>``, ``stream_error``, ``cut``, ``empty``, ``protocol``.
A message never holds a secret: the texts given as ``secrets`` and whatever looks like a key are blotted out.
"""

import errno
import re
from collections.abc import Iterable

import msgspec

MESSAGE_CHARS = 300
_KEYS = re.compile(r"(?i)\b(bearer\s+)\S+|\b(?:sk|nvapi|hf|glpat|ghp|xox[a-z])[-_][A-Za-z0-9_\-.]{6,}")
_TAGS = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"[\x00-\x20\x7f-\x9f]+")
_MENDS = {
    errno.EMFILE: "out of file descriptors: raise the limit (ulimit -n) or use more workers",
    errno.ENFILE: "the machine is out of file descriptors: raise fs.file-max",
    errno.EADDRNOTAVAIL: "out of source ports to this address: widen net.ipv4.ip_local_port_range or use more machines",
    errno.ENOBUFS: "out of socket buffers: raise net.core limits or use fewer users on this machine",
    errno.ENOMEM: "out of memory for sockets: raise net.ipv4.tcp_mem or use fewer users on this machine",
}


class WireError(Exception):
    """The exchange failed; ``kind`` is one of the module's vocabulary."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def mend(number: int) -> str | None:
    """What to do about a local shortage (EMFILE, EADDRNOTAVAIL, ...); ``None`` where the fault isn't ours."""
    return _MENDS.get(number)


def explain(error: OSError) -> str:
    """An operating-system error in one line, with the mend where there is one."""
    known = mend(error.errno or 0)
    return known if known else (error.strerror or str(error) or type(error).__name__)


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` on one line, without secrets and control characters, cut to 300 characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _KEYS.sub(lambda found: (found.group(1) or "") + "***", text)
    text = _BLANKS.sub(" ", text).strip()
    return text if len(text) <= MESSAGE_CHARS else text[: MESSAGE_CHARS - 1] + "…"


def server_message(body: bytes, secrets: Iterable[str] = ()) -> str:
    """The message of an error answer: OpenAI's ``error.message``, FastAPI's ``detail``, plain text or HTML."""
    try:
        said = _dig(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    if said is None:
        said = _TAGS.sub(" ", body.decode("utf-8", "replace"))
    return clean(said, secrets)


def _dig(value: object) -> str | None:
    """The first human sentence in a JSON error answer; ``None`` when there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [part for part in map(_dig, value) if part]
        return "; ".join(parts) or None
    if not isinstance(value, dict):
        return None
    for key in ("error", "message", "detail", "msg", "title"):
        said = _dig(value.get(key))
        if said:
            field = value.get("loc")
            return f"{'.'.join(map(str, field))}: {said}" if key == "msg" and isinstance(field, list) else said
    return None
