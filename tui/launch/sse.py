"""One streamed chat, read event by event: when its first text came, how it ended."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui.launch.kinds import at, whole
from tui.model.json_value import JsonValue

_TEXT_LIMIT = 400
_DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Chat:
    """Seconds from the send. ``trouble`` is what the stream itself reported, or that it ended without an end."""

    ttft_seconds: float | None = None
    total_seconds: float | None = None
    output_tokens: int | None = None
    text: str = ""
    trouble: str = ""


def read_chat(lines: Iterable[str], start: float, timer: Callable[[], float]) -> Chat:
    """Read ``data:`` lines to the end. The first chunk that carries text or reasoning counts, never the role alone.

    Raises what reading raises.
    """
    first: float | None = None
    tokens: int | None = None
    text, trouble, finished = "", "", False
    for line in lines:
        data = line[5:].strip() if line.startswith("data:") else ""
        if data == _DONE:
            finished = True
            break
        event = _parsed(data)
        if event is None:
            continue
        if (said := at(event, "error")) is not None:
            trouble = _error(said)
            continue
        finished = finished or _choice(event, "finish_reason") is not None
        part = _text(event)
        if part and first is None:
            first = timer() - start
        text += part
        tokens = whole(at(event, "usage", "completion_tokens")) or tokens
    if not finished and not trouble:
        trouble = "the stream ended without its end"
    return Chat(first, timer() - start, tokens, text[:_TEXT_LIMIT].strip(), trouble)


def _parsed(data: str) -> JsonValue:
    if not data:
        return None
    try:
        found: JsonValue = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found


def _choice(event: JsonValue, *path: str) -> JsonValue:
    choices = at(event, "choices")
    return at(choices[0], *path) if isinstance(choices, list) and choices else None


def _text(event: JsonValue) -> str:
    delta = _choice(event, "delta")
    parts = (at(delta, name) for name in ("content", "reasoning_content", "reasoning"))
    return next((part for part in parts if isinstance(part, str) and part), "")


def _error(said: JsonValue) -> str:
    message = at(said, "message") or said
    return " ".join(str(message).split())[:200]
