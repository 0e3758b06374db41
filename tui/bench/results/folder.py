"""What a folder is before a run is written into it: empty, ours to go on with, or not to be touched."""

from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from tui.bench.results.files import trim_lines, trim_members
from tui.bench.results.head import LINE_FILES, RECORD_FILE, BeatLine, PointLine, RunError, decode_head
from tui.bench.results.windows import WINDOW_FILE, WindowPoint
from tui.bench.spec import LoadSpec


def check(path: Path, resume: bool) -> bool:
    """Whether there is a run to go on with. ``RunError`` where the folder can't be used as asked."""
    if not path.exists():
        if resume:
            raise RunError(f"{path} does not exist; leave --resume out to begin a run there")
        return False
    if not path.is_dir():
        raise RunError(f"{path} is a file; name a folder with -O")
    try:
        inside = {entry.name for entry in path.iterdir()}
    except OSError as error:
        raise RunError(f"{path}: {error.strerror}; name a folder that can be read and written with -O") from None
    ours = "run.json" in inside
    if not ours and inside - {*LINE_FILES, RECORD_FILE, "run.json.part"}:
        raise RunError(f"{path} holds something that is no run of nimdeck; name another folder with -O")
    if ours and not resume:
        raise RunError(f"{path} holds a run already; go on with it by --resume, or name another folder with -O")
    return ours


def mend(path: Path) -> None:
    """Cut the halves that a kill left, so that what is added is not lost behind them. ``OSError``."""
    for name in LINE_FILES:
        trim_lines(path / name)
    trim_members(path / RECORD_FILE)


def reached(path: Path) -> tuple[int, float]:
    """The highest number of a point and the last second of the run so far."""
    points = _decoded(path / "points.jsonl", PointLine)
    beats = _decoded(path / "beats.jsonl", BeatLine)
    windows = _decoded(path / WINDOW_FILE, WindowPoint)
    number = max(
        [0, *(line.number for line in points), *(line.point for line in beats), *(line.point for line in windows)]
    )
    return number, max((line.beat.at for line in beats), default=0.0)


def same_measurement(head_path: Path, command: str, load: LoadSpec) -> None:
    """``RunError`` if the run measured something else: its points would be compared as if they were one curve."""
    try:
        head = decode_head(head_path.read_bytes())
    except (msgspec.MsgspecError, OSError) as error:
        raise RunError(f"{head_path} can't be read: {error}") from None
    before = _conditions(head.command, head.load)
    for name, now in _conditions(command, load).items():
        if before[name] != now:
            raise RunError(
                f"{head_path.parent} measured with {name} {before[name]}, not {now}; name another folder with -O"
            )


def _conditions(command: str, load: LoadSpec) -> dict[str, object]:
    target, prompts = load.target, load.prompts
    found: dict[str, object] = {"command": command, "url": target.url, "model": target.model}
    found |= {"endpoint": target.endpoint, "start": load.start, **msgspec.to_builtins(prompts, enc_hook=str)}
    # Values may be secrets, and are masked on disk: only which headers there are can be compared.
    found["headers"] = ", ".join(sorted(name.lower() for name, _ in target.headers)) or "none"
    found |= msgspec.to_builtins(load.limits)
    return found


T = TypeVar("T")


def _decoded(path: Path, kind: type[T]) -> list[T]:
    """The lines that can be read."""
    found: list[T] = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        with suppress(msgspec.MsgspecError):
            found.append(msgspec.json.decode(line, type=kind))
    return found
