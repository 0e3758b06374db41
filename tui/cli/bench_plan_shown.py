"""A plan as text: its matrix with what was found, the estimate, one live line."""

import shutil
import sys
from collections.abc import Sequence
from typing import IO

from tui.cli.table import Column, harmless, lay_out, width_of
from tui.plans.plan_progress import PlanProgress
from tui.plans.values import Cell, CellResult, Estimate, ModelResult
from tui.present import format as fmt

_COLUMNS = (
    Column("CELL", flexible=True), Column("MODELS", flexible=True, optional=True), Column("SCHEDULER"),
    Column("GPU A POD", right=True), Column("PODS", right=True), Column("GPUS", right=True), Column("STATE"),
    Column("USERS", right=True), Column("TTFT MEAN MS", right=True), Column("TOKENS/S", right=True),
    Column("NOTE", flexible=True),
)  # fmt: skip


def matrix(cells: Sequence[Cell], results: Sequence[CellResult] = ()) -> str:
    """A line a cell; of a mixed one, a line for each model that was measured."""
    known = {result.cell.id: result for result in results}
    rows = [row for cell in cells for row in _rows(cell, known.get(cell.id))]
    return lay_out(_COLUMNS, rows, width_of(sys.stdout))


def estimate_lines(estimate: Estimate, skipped: int) -> list[str]:
    """What it will take, and what that assumes."""
    count = f"{estimate.cells} cell{'' if estimate.cells == 1 else 's'}"
    more = f", {skipped} can't run" if skipped else ""
    hours = fmt.number(estimate.gpu_hours, 1)
    lines = [f"{count}{more}: about {fmt.age(estimate.seconds)} and {hours} GPU-hours, if"]
    return lines + [f"  {line}" for line in estimate.assumes]


class PlanLine:
    """A listener: a finished cell a line; on a terminal, the last line lives."""

    def __init__(self, stream: IO[str], simulated: bool) -> None:
        self._stream = stream
        self._lives = stream.isatty()
        self._prefix = "simulated: " if simulated else ""
        self._said: dict[str, float] = {}
        self._phase = ("", "")

    def begin(self, results: Sequence[CellResult]) -> None:
        """These were there before and are not told again."""
        self._said = {result.cell.id: result.finished_at for result in results}

    def __call__(self, progress: PlanProgress) -> None:
        for result in progress.results:
            if self._said.get(result.cell.id) != result.finished_at:
                self._said[result.cell.id] = result.finished_at
                self._write(self._prefix + result_line(result), stay=True)
        phase = (progress.phase, progress.cell.id if progress.cell is not None else "")
        if self._lives and progress.phase != "done":
            self._write(self._prefix + progress_line(progress))
        elif not self._lives and phase != self._phase and progress.phase not in ("scaling", "cooling", "done"):
            self._write(self._prefix + progress_line(progress), stay=True)
        self._phase = phase

    def close(self) -> None:
        if self._lives:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _write(self, text: str, *, stay: bool = False) -> None:
        text = harmless(text)
        if self._lives:
            text = f"\r\x1b[K{text if stay else text[: shutil.get_terminal_size().columns - 1]}"
        self._stream.write(text + ("\n" if stay else ""))
        self._stream.flush()


def progress_line(progress: PlanProgress) -> str:
    """``cell 3/31  llama-runai-1.0-x16  measuring  2,208 users  about 5 h left``."""
    parts = [f"cell {progress.number}/{progress.cells}"]
    if progress.cell is not None:
        parts.append(progress.cell.id)
    parts.append(progress.phase)
    if progress.users is not None:
        parts.append(f"{fmt.number(progress.users)} users")
    if progress.eta_seconds:
        parts.append(f"about {fmt.age(progress.eta_seconds)} left")
    if progress.text:
        parts.append(progress.text)
    return "  ".join(parts)


def result_line(result: CellResult) -> str:
    """A finished cell in one line."""
    found = "; ".join(_model_words(one) for one in result.models)
    note = f" ({result.note})" if result.note else ""
    return f"{result.cell.id}: {result.state}{': ' + found if found else ''}{note}"


def _model_words(one: ModelResult) -> str:
    if one.point is None:
        return f"{one.model} nothing found"
    ttft, rate = one.point.ttft_ms.mean, one.point.output_tokens_per_second
    valid = "" if one.point.valid else ", INVALID: the client was too slow"
    return (
        f"{one.model} {fmt.number(one.users)} users, TTFT mean {fmt.number(ttft)} ms, {fmt.number(rate)} tok/s{valid}"
    )


def _note(note: str, one: ModelResult) -> str:
    invalid = "INVALID: the client was too slow" if one.point is not None and not one.point.valid else ""
    return "; ".join(text for text in (invalid, note) if text)


def _rows(cell: Cell, result: CellResult | None) -> list[list[str]]:
    state = result.state if result is not None else "skipped" if cell.why_not else "planned"
    note = result.note if result is not None else cell.why_not
    head = [cell.scheduler, f"{cell.gpu_per_pod:g}", str(cell.pods), f"{cell.gpus:g}", state]
    models = result.models if result is not None else ()
    if not models:
        return [[cell.id, ", ".join(cell.models), *head, "", "", "", note]]
    return [
        [
            cell.id,
            one.model,
            *head,
            fmt.number(one.users),
            fmt.number(one.point.ttft_ms.mean if one.point is not None else None),
            fmt.number(one.point.output_tokens_per_second if one.point is not None else None),
            _note(note, one),
        ]
        for one in models
    ]
