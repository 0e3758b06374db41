"""Where a NIM is in its start, by the lines of its own log. The wording differs between versions: parts of it count."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tui.diagnose.startup_words import NIM_LOG, code_of

Stage = Literal["starting", "downloading", "loading", "serving"]

_MARKS: tuple[tuple[Stage, tuple[str, ...]], ...] = (
    ("serving", ("uvicorn running", "application startup complete", "serving endpoints")),
    (
        "loading",
        (
            *("model workspace is now ready", "loading model weights", "loading safetensors", "engine_world_size"),
            *("starting to load model", "initializing an llm engine", "initializing a v1 llm engine"),
            *("loading weights", "capturing cuda graph", "graph capturing"),
        ),
    ),
    ("downloading", ("preparing model workspace", "downloading", "download additional files", "fetching")),
)
_ORDER: tuple[Stage, ...] = ("starting", "downloading", "loading", "serving")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?")
_PERCENT = re.compile(r"\b(\d{1,3})(?:\.\d+)?\s?%")
_LEVEL = re.compile(r'"level(?:name)?"\s*:\s*"(\w+)"|\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b')
_CALM = ("trace", "debug", "info")
# Times, lines of code, and advice for a case that need not be this one.
_ASIDE = re.compile(
    r"(?<!\d)\d{1,2}:\d\d:\d\d(?:[.,]\d+)?|(?:(?<=\.py)|(?<=\.rs)|(?<=\.cpp)|(?<=\.h)):\d+|\bif\b[^.]*", re.I
)


@dataclass(frozen=True, slots=True)
class LogStage:
    """``at`` is when it came to the stages after the first, as far as its lines carry a time (UTC)."""

    stage: Stage
    downloading_at: float | None = None
    loading_at: float | None = None
    serving_at: float | None = None
    percent: int | None = None  # of the download, where its newest line tells one
    line: str = ""  # the newest that says anything


def log_stage(lines: Sequence[str]) -> LogStage | None:
    """The furthest stage that the lines tell of; ``None`` without a line."""
    if not lines:
        return None
    at: dict[Stage, float | None] = {}
    stage: Stage = "starting"
    percent: int | None = None
    for line in lines:
        found = _stage_of(line.lower())
        if found is None:
            continue
        at.setdefault(found, stamp_of(line))
        if found == "downloading" and (match := _PERCENT.search(line)):
            percent = min(100, int(match.group(1)))
        if _ORDER.index(found) > _ORDER.index(stage):
            stage = found
    newest = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return LogStage(stage, at.get("downloading"), at.get("loading"), at.get("serving"), percent, newest)


def fault_of(line: str) -> str | None:
    """The cause that a line tells of; ``None`` for one that is only for information, whatever words it has."""
    level = _LEVEL.search(line)
    if level is not None and (level.group(1) or level.group(2)).lower() in _CALM:
        return None
    return code_of(_ASIDE.sub(" ", line), NIM_LOG)


def is_progress(line: str) -> bool:
    """Whether it tells that the start goes on."""
    return _stage_of(line.lower()) is not None


def stamp_of(line: str) -> float | None:
    """The date and time in a line, taken as UTC: containers keep no other."""
    match = _STAMP.search(line)
    if match is None:
        return None
    try:
        day = datetime.fromisoformat(f"{match.group(1)}T{match.group(2)}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day.timestamp() + float(match.group(3) or 0)


def _stage_of(line: str) -> Stage | None:
    return next((stage for stage, marks in _MARKS if any(mark in line for mark in marks)), None)
