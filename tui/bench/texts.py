"""From what a user wrote to values of a benchmark: the command line's flags and the form's fields read alike.

Every reader takes a text and gives a value, or raises ``ValueError`` with the value and the mend in one line.
"""

import json
import re
from collections.abc import Callable

from tui.bench.spec import Place

MOST_USERS = 100_000  # beyond it no machine has ports and memory, and the number is a slip
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"})
MOST_PODS = 1024
_WORKERS = re.compile(r"^(local|job):(\d+)$")
_IN_A_FILE = "would stand in the process list; put it into a file: --header-file or --api-key-file"


def numbers(text: str) -> tuple[int, ...]:
    """``1,8,64`` or a range ``1..128`` by doubling."""
    if match := re.fullmatch(r"(\d+)\.\.(\d+)", text):
        low, high = int(match[1]), int(match[2])
        if not 1 <= low <= high:
            raise ValueError(f"{text!r}: the range goes from at least 1 upwards")
        found = []
        while low < high:
            found.append(low)
            low *= 2
        return _checked(text, (*found, high))
    try:
        listed = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is not a list of whole numbers like 1,8,64") from None
    return _checked(text, listed)


def _checked(text: str, listed: tuple[int, ...]) -> tuple[int, ...]:
    if any(not 1 <= one <= MOST_USERS for one in listed):
        raise ValueError(f"{text!r}: every number of users is from 1 to {MOST_USERS}")
    return listed


def whole(least: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``least``."""

    def convert(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a whole number") from None
        if found < least:
            raise ValueError(f"{found} is below {least}")
        return found

    return convert


def number(text: str) -> float:
    """Any finite number."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if value != value or abs(value) == float("inf"):
        raise ValueError(f"{text!r} is not a finite number")
    return value


def above_zero(text: str) -> float:
    value = number(text)
    if value <= 0:
        raise ValueError(f"{text} is not above 0")
    return value


def from_zero(text: str) -> float:
    value = number(text)
    if value < 0:
        raise ValueError(f"{text} is below 0")
    return value


def fraction(text: str) -> float:
    """From 0 to 1, both allowed."""
    value = number(text)
    if not 0 <= value <= 1:
        raise ValueError(f"{text} is not between 0 and 1")
    return value


def share(text: str) -> float:
    """Between 0 and 1, neither of them."""
    value = number(text)
    if not 0 < value < 1:
        raise ValueError(f"{text} is not between 0 and 1, both left out; 0.95 is usual")
    return value


def header(text: str, secret_mend: str = _IN_A_FILE) -> tuple[str, str]:
    """``K=V``; a header that is a credential is refused with ``secret_mend``. No message repeats a value."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"{text!r} is not K=V")
    if name.strip().lower() in SECRET_HEADERS:
        raise ValueError(f"{name.strip()} {secret_mend}")
    if not value.isprintable() or not value.isascii():
        raise ValueError(f"the value of {name.strip()} holds a character that no header may hold")
    return name.strip(), value


def extra(text: str) -> tuple[str, object]:
    """``K=JSON``: a field of the request's body."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError(f"{text!r} is not K=JSON")
    try:
        return name, json.loads(value)
    except ValueError:
        raise ValueError(f"{value!r} is not JSON; a text is written '\"{value}\"'") from None


def workers(text: str) -> tuple[Place, int]:
    """``local:4``: processes of this machine; ``job:16``: pods of a Job in the cluster."""
    match = _WORKERS.fullmatch(text)
    if match is None or int(match[2]) < 1:
        raise ValueError(f"{text!r} is neither local:N nor job:N, say local:4")
    place: Place = "job" if match[1] == "job" else "local"
    if place == "job" and int(match[2]) > MOST_PODS:
        raise ValueError(f"{text!r}: more than {MOST_PODS} pods that make load are a slip")
    return place, int(match[2])
