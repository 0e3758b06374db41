"""What a benchmark shows on a terminal: one line that lives, a table of points, the verdict in a sentence."""

import shutil
from collections.abc import Sequence
from typing import TextIO

from tui.bench.engine.progress import Progress
from tui.bench.figures import PointResult, Verdict
from tui.present import format as fmt

_HEADINGS = ("USERS", "TTFT mean", "p50", "p99", "ITL", "tok/s", "req/s", "n", "fail", "steady", "client")


class LiveLine:
    """Rewrites its line on a terminal; elsewhere it says each finished point once. A listener of the engine."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lives = stream.isatty()
        self._said = 0

    def __call__(self, progress: Progress) -> None:
        for result in progress.finished[self._said :]:
            for text in (point_line(result), *(f"  {note}" for note in result.notes)):
                self._write(text, stay=True)
        self._said = len(progress.finished)
        if self._lives and progress.phase != "done":
            self._write(progress_line(progress))

    def say(self, text: str) -> None:
        if self._lives:
            self._write(text)

    def close(self) -> None:
        if self._lives:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _write(self, text: str, *, stay: bool = False) -> None:
        if not self._lives:
            self._stream.write(text + "\n")
        else:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{text[:width]}" + ("\n" if stay else ""))
        self._stream.flush()


def progress_line(progress: Progress) -> str:
    """``point 2/4  64 users  measuring 12 s  about 3 min left at most  in flight 64  TTFT 121 ms  3,119 tok/s``."""
    of = f"/{progress.points}" if progress.points is not None else ""
    parts = [f"point {progress.point}{of}"]
    if progress.users is not None:
        parts.append(f"{progress.users} users")
    elif progress.rate is not None:
        parts.append(f"{progress.rate:g} requests/s")
    parts.append(f"{progress.phase} {progress.point_seconds:.0f} s")
    if progress.eta_seconds is not None:
        parts.append(f"about {fmt.age(progress.eta_seconds)} left at most")
    beat = progress.beat
    if beat is not None:
        parts += [
            f"in flight {fmt.number(beat.in_flight)}",
            f"TTFT {fmt.number(beat.ttft_mean_ms)} ms",
            f"{fmt.number(beat.output_tokens_per_second)} tok/s",
        ]
    return "  ".join(parts)


def point_line(result: PointResult) -> str:
    """A finished point in one line; the statistic is named."""
    ttft = result.ttft_ms
    valid = "" if result.valid else "  INVALID: the client was too slow"
    return (
        f"{_load(result)}: TTFT mean {fmt.number(ttft.mean)} ms, p99 {fmt.number(ttft.p99)} ms, "
        f"{fmt.number(result.output_tokens_per_second)} tok/s, {result.requests} requests, {result.failed} failed, "
        f"{_ended(result)}{valid}"
    )


def points_table(results: Sequence[PointResult]) -> str:
    """All points, figures right-aligned; TTFT and ITL in milliseconds."""
    rows = [_HEADINGS, *(_cells(result) for result in results)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(lines) + "\n"


def verdict_line(verdict: Verdict, *, client_limited: bool = False) -> str:
    """``137 users hold TTFT mean ≤ 1000 ms (95 %: 131 to 142), 2,977 tokens/s.``; of goodput, the share is named."""
    target = f"TTFT {verdict.statistic} ≤ {verdict.target_ms:g} ms"
    if verdict.attainment is not None:
        target = f"{verdict.attainment:.4g} of the requests within their limits (TTFT ≤ {verdict.target_ms:g} ms)"
    if verdict.concurrency is None:
        return f"No number of users was found that holds {target} ({verdict.reason})."
    parts = [f"{verdict.concurrency} users hold {target}"]
    if verdict.interval is not None:
        parts.append(f" (95 %: {verdict.interval[0]:.0f} to {verdict.interval[1]:.0f})")
    if verdict.output_tokens_per_second is not None:
        parts.append(f", {fmt.number(verdict.output_tokens_per_second)} tokens/s")
    more = " More could not be measured." if client_limited else " More were not tried (--max-users)."
    ended = {"budget": " The budget ended the search.", "max_users": more}
    return "".join(parts) + "." + ended.get(verdict.reason, "")


def _cells(result: PointResult) -> tuple[str, ...]:
    ttft, client = result.ttft_ms, result.client
    return (
        _load(result),
        fmt.number(ttft.mean),
        fmt.number(ttft.p50),
        fmt.number(ttft.p99),
        fmt.number(result.itl_ms.mean, 1),
        fmt.number(result.output_tokens_per_second),
        fmt.number(result.requests_per_second, 1),
        str(result.requests),
        str(result.failed),
        "yes" if result.steady else _ended(result),
        f"ok, lag {fmt.number(client.added_mean_ms, 1)} ms" if result.valid else "INVALID",
    )


def _load(result: PointResult) -> str:
    return str(result.concurrency) if result.concurrency is not None else f"{result.rate:g}/s"


def _ended(result: PointResult) -> str:
    """On this command line only a search cuts points short: far from its target, or out of budget."""
    return "cut short" if result.ended == "skipped" else result.ended
