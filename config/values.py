"""From what is written (TOML value, environment text, flag text) to a typed value, or the reason why not.

It knows nothing of where a value came from: ``load.py`` puts file, line and key before the reason.
"""

import math
import re
from pathlib import Path
from urllib.parse import urlsplit

from config.options import Kind, Option
from config.secret import Secret

Value = str | bool | int | float | Path | Secret | tuple[str, ...]

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_LONGEST_SHOWN = 60
_KEY = r"[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
_PARTS = {
    Kind.LABELS: re.compile(rf"{_KEY}={_VALUE}"),
    Kind.TOLERATIONS: re.compile(rf"{_KEY}(={_VALUE})?(:(NoSchedule|PreferNoSchedule|NoExecute))?"),
}


class BadValueError(Exception):
    """Why a value will not do, with the mend; names neither place nor key."""


def convert(option: Option, raw: object, base: Path) -> Value:
    """The typed value of ``raw``. Relative paths are taken from ``base``. Raises ``BadValueError``."""
    match option.kind:
        case Kind.SECRET:
            return Secret(_text(option, raw))
        case Kind.SWITCH:
            return _switch(option, raw)
        case Kind.SECONDS | Kind.NUMBER | Kind.COUNT:
            return _number(option, raw)
        case Kind.TEXTS | Kind.LABELS | Kind.TOLERATIONS:
            return _texts(option, raw)
        case Kind.URL:
            return _url(option, raw)
        case Kind.FILE | Kind.PATH:
            return _path(option, raw, base)
        case Kind.TEXT:
            return _chosen(option, _text(option, raw))


def check_path(option: Option, path: Path) -> None:
    """Raise ``BadValueError`` if a file that must exist doesn't. Apart from ``convert``: only the profile in use needs
    its files, another cluster's may lie on a disk that is not mounted."""
    if option.kind is Kind.FILE and not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise BadValueError(f"{path} {what}; name a file that can be read")
    if option.kind is Kind.PATH and not path.parent.is_dir():
        raise BadValueError(f"{path.parent} is no folder; make it first or name another")


def shown(raw: object) -> str:
    """A value as an error may print it: one short line."""
    text = repr(raw) if isinstance(raw, str) else str(raw).lower() if isinstance(raw, bool) else str(raw)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _wrong(option: Option, raw: object, mend: str = "") -> BadValueError:
    return BadValueError(f"{shown(raw)} is not {option.kind.value}" + (f"; {mend}" if mend else ""))


def _text(option: Option, raw: object) -> str:
    if not isinstance(raw, str):
        raise _wrong(option, raw, f'write it in quotes: "{raw}"')
    if not raw.strip():
        raise BadValueError("is empty; give a value or leave it out")
    return raw.strip()


def _chosen(option: Option, text: str) -> str:
    if option.choices and text not in option.choices:
        raise BadValueError(f"{shown(text)} is not known; use one of {', '.join(option.choices)}")
    return text


def _switch(option: Option, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in _TRUE:
        return True
    if isinstance(raw, str) and raw.strip().lower() in _FALSE:
        return False
    raise _wrong(option, raw, "write true or false, without quotes")


def _number(option: Option, raw: object) -> int | float:
    whole = option.kind is Kind.COUNT
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise _wrong(option, raw)
    try:
        number = int(raw) if whole and not isinstance(raw, float) else float(raw)
    except ValueError:
        raise _wrong(option, raw) from None
    if not math.isfinite(number) or number <= 0 or (whole and number != int(number)):
        raise _wrong(option, raw)
    if option.maximum is not None and number > option.maximum:
        raise BadValueError(f"{shown(raw)} is too much; at most {option.maximum:g}")
    return int(number) if whole else float(number)


def _texts(option: Option, raw: object) -> tuple[str, ...]:
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise _wrong(option, raw, 'write ["one", "two"]')
    texts = tuple(part.strip() for part in parts if part.strip())
    if not texts:
        raise BadValueError("is empty; give a value or leave it out")
    if (pattern := _PARTS.get(option.kind)) and (bad := [text for text in texts if not pattern.fullmatch(text)]):
        raise _wrong(option, bad[0], "write it as Kubernetes does")
    return texts


def _url(option: Option, raw: object) -> str:
    text = _text(option, raw)
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is not a number of at most 65535
    except ValueError as error:
        raise _wrong(option, raw, str(error)) from None
    if parts.username is not None or parts.password is not None:
        # Not shown: a password stands in it.
        raise BadValueError("the address holds a user or password; give those with their own settings")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong(option, raw, "write it with its scheme: http://host:9090")
    return text.rstrip("/")


def _path(option: Option, raw: object, base: Path) -> Path:
    text = _text(option, raw)
    if not text.isprintable():
        raise _wrong(option, raw, "a character in it can't be shown")
    try:
        path = base / Path(text).expanduser()
    except RuntimeError:
        raise BadValueError(f"{shown(raw)}: no such user's home folder; write the path in full") from None
    return path
