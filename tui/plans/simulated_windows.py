"""A simulated run as the windows that a worker would have told of it. Pure."""

from collections.abc import Iterable

from tui.bench.nim.closed_loop import Trace
from tui.bench.stats.window import BeatWindow, SendWindow


def sends_of(seen: Trace) -> dict[int, SendWindow]:
    """By the second of the send, the requests that count."""
    windows: dict[int, SendWindow] = {}
    for sent, first, last, prompt_tokens, output_tokens in seen.done:
        if sent >= seen.warm_at:
            windows.setdefault(int(sent), SendWindow()).add_request(
                ttft_seconds=first - sent,
                e2e_seconds=last - sent,
                itl_seconds=(last - first) / (output_tokens - 1) if output_tokens > 1 else None,
                input_tokens=prompt_tokens,
                output_tokens=output_tokens,
                content_chunks=output_tokens,
            )
    return windows


def beats_of(seen: Trace) -> dict[int, BeatWindow]:
    """By real seconds; the client is never late, as there is none."""
    windows = {second: BeatWindow() for second in range(len(seen.tokens))}
    for second, window in windows.items():
        window.seconds = min(1.0, seen.seconds - second)
        window.chunks = seen.tokens[second]
        window.loop_lag.add(0.0)
    for sent in _all_sent(seen):
        window = windows[int(sent)]
        window.sent += 1
        window.sent_measured += sent >= seen.warm_at
    for stamps in seen.done:
        window = windows[int(stamps.last)]
        window.finished += 1
        window.finished_measured += stamps.sent >= seen.warm_at
        _fly(windows, stamps.sent, stamps.last)
    for sent in seen.open_sent:
        _fly(windows, sent, seen.seconds)
    return {second: window for second, window in windows.items() if window.seconds > 0}


def _all_sent(seen: Trace) -> Iterable[float]:
    yield from (stamps.sent for stamps in seen.done)
    yield from seen.open_sent


def _fly(windows: dict[int, BeatWindow], begin: float, end: float) -> None:
    """A request that was in flight from ``begin`` to ``end``."""
    for second in range(int(begin), int(end) + 1):
        windows[second].in_flight_seconds += min(end, second + 1.0) - max(begin, second)
