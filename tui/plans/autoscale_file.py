"""What was seen of an autoscaler, on disk: a second a line, beside the run that loaded it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tui.bench.results.files import replace_file
from tui.plans.values import Second

FILE = "autoscale.jsonl"


def line_of(second: Second) -> bytes:
    """With the end of the line."""
    return msgspec.json.encode(second) + b"\n"


def write_seconds(folder: Path, seconds: Iterable[Second]) -> None:
    """All of them at once, in place of what lay there. ``OSError``."""
    replace_file(folder / FILE, b"".join(line_of(second) for second in seconds))


def read_seconds(folder: Path) -> tuple[Second, ...]:
    """The lines of a model's folder; a last one that was cut off is left out. Empty where there are none."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Second))
        except msgspec.DecodeError:
            break
    return tuple(found)
