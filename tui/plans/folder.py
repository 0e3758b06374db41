"""A plan on disk, written as it goes: whatever ends the process, every finished cell is there and can be read.

Files of a plan's folder (``docs/plans.md``):

- ``plan.json``: schema, the plan, its cells, where it ran, whether it was simulated, when it began.
- ``cells.jsonl``: a finished cell a line, synced to the disk before the next begins. The last line of a cell counts.
- ``marks.jsonl``, ``frames.jsonl``: what happened when, and the GPU map as it was.
- ``cells/CELL/MODEL/``: a run directory each (``docs/results.md``); ``cells/CELL.2/`` where a cell was run anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import msgspec

from tui.bench.results.files import Appender, replace_file, trim_lines
from tui.plans.autoscale_file import read_seconds
from tui.plans.values import Autoscaled, Cell, CellResult, MapFrame, PlanMark, PlanRun, ScalePlan

SCHEMA = "nimdeck.plan/1"
HEAD_FILE = "plan.json"
LINE_FILES = ("cells.jsonl", "marks.jsonl", "frames.jsonl")
CELL_FOLDER = "cells"
RESTORE_FILE = "restore.json"  # what of a cluster is not yet as it was (``kept_scale.py``)
_OURS = {HEAD_FILE, HEAD_FILE + ".part", *LINE_FILES, CELL_FOLDER, RESTORE_FILE}
_MEND = "make room on the disk and go on with --resume"

T = TypeVar("T")


class PlanError(ValueError):
    """A plan, or its folder, can't be used: one line with the mend."""


class PlanHead(msgspec.Struct, frozen=True, rename={"schema_name": "schema"}):
    """``plan.json``. ``environment`` are (what, value) pairs; ``started_at`` in Unix seconds."""

    schema_name: str
    plan: ScalePlan
    cells: tuple[Cell, ...]
    environment: tuple[tuple[str, str], ...] = ()
    simulated: bool = False
    started_at: float = 0.0


class PlanFolder:
    """Writes one plan. ``PlanError`` where the folder holds something else, or a plan that is not to be gone on with.

    Marks and frames that can't be written never stop a plan: ``problem`` says in one line what is missing then. A cell
    that can't be written raises ``PlanError``, and all cells before it stay whole.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = path
        self.problem = ""
        self.before: PlanRun | None = None
        try:
            self._made = not path.exists()
            self._begun = _check(path, resume)
            (path / CELL_FOLDER).mkdir(parents=True, exist_ok=True)
            if self._begun:
                for name in LINE_FILES:
                    trim_lines(path / name)
                self.before = read_plan(path)
            with ExitStack() as opened:
                files = [opened.enter_context(Appender(path / name, go_on=self._begun)) for name in LINE_FILES]
                opened.pop_all()
            self._cells, self._marks, self._frames = files
        except OSError as error:
            raise PlanError(f"{path}: {error.strerror}; name a folder that can be written with -O") from None

    def begin(
        self,
        plan: ScalePlan,
        cells: tuple[Cell, ...],
        environment: tuple[tuple[str, str], ...],
        simulated: bool,
        started_at: float,
    ) -> None:
        """Write ``plan.json``; a plan that is gone on with keeps the first, and ``PlanError`` if that is another."""
        if self.before is not None:
            _same(self.before, plan, simulated)
            return
        head = PlanHead(SCHEMA, plan, cells, environment, simulated, started_at)
        try:
            replace_file(self.path / HEAD_FILE, msgspec.json.format(msgspec.json.encode(head), indent=2) + b"\n")
        except OSError as error:
            raise PlanError(f"{self.path / HEAD_FILE}: {error.strerror}; name another folder with -O") from None
        self._begun = True

    def cell(self, result: CellResult) -> None:
        """Keep a cell's result, on the disk when this returns."""
        try:
            self._cells.add(msgspec.json.encode(result) + b"\n", sync=True)
        except OSError as error:
            raise PlanError(f"{self.path / LINE_FILES[0]}: {error.strerror}; {_MEND}") from None

    def mark(self, mark: PlanMark) -> None:
        self._add(self._marks, msgspec.json.encode(mark) + b"\n", LINE_FILES[1])

    def frame(self, frame: MapFrame) -> None:
        self._add(self._frames, msgspec.json.encode(frame) + b"\n", LINE_FILES[2])

    def fresh(self, cell: Cell) -> Path:
        """A folder for a cell's runs where nothing lies yet: a half-measured cell keeps what it had, beside."""
        attempt = 1
        while (found := self.path / CELL_FOLDER / (cell.id if attempt == 1 else f"{cell.id}.{attempt}")).exists():
            attempt += 1
        return found

    def close(self) -> None:
        """Safe to call twice. A plan that never began leaves nothing."""
        for file in (self._cells, self._marks, self._frames):
            file.close()
        if not self._begun:
            for name in LINE_FILES:
                (self.path / name).unlink(missing_ok=True)
            if not any((self.path / CELL_FOLDER).iterdir()):
                (self.path / CELL_FOLDER).rmdir()
            if self._made and not any(self.path.iterdir()):
                self.path.rmdir()
            self._begun = True  # nothing more to take away

    def _add(self, file: Appender, line: bytes, name: str) -> None:
        try:
            file.add(line)
        except OSError as error:
            self.problem = self.problem or f"{self.path / name}: {error.strerror}; what came then is missing in it"


def read_plan(path: Path, *, with_map: bool = True) -> PlanRun:
    """The plan in ``path``. ``PlanError`` if there is none; a line that was cut off is left out and said.

    Without its map (marks, frames and seconds of a ramp: nearly all there is to read) it is known what was measured.
    """
    head = _head(path / HEAD_FILE)
    damage: list[str] = []
    try:
        newest = {result.cell.id: result for result in _lines(path / LINE_FILES[0], CellResult, damage)}
        marks = tuple(_lines(path / LINE_FILES[1], PlanMark, damage)) if with_map else ()
        frames = tuple(_lines(path / LINE_FILES[2], MapFrame, damage)) if with_map else ()
    except OSError as error:
        raise PlanError(f"{error.filename} can't be read: {error.strerror}") from None
    results = _ordered(newest, head.cells)
    return PlanRun(
        folder=str(path),
        plan=head.plan,
        cells=head.cells,
        results=results,
        marks=marks,
        frames=frames,
        environment=head.environment,
        simulated=head.simulated,
        started_at=head.started_at,
        damage=tuple(damage),
        autoscaled=tuple(_autoscaled(path, results)) if with_map and head.plan.kind == "autoscale" else (),
    )


def _autoscaled(path: Path, results: Iterable[CellResult]) -> Iterator[Autoscaled]:
    for result in results:
        for one in result.models:
            if one.folder is not None and (seconds := read_seconds(path / one.folder)):
                yield Autoscaled(result.cell.id, one.model, seconds)


def list_plans(folder: Path, refused: list[str] | None = None) -> list[PlanRun]:
    """All plans in ``folder`` and one level below, without maps, the newest first; ``refused``: a line a broken one."""
    plans = []
    for entry in (folder, *sorted(folder.glob("*"))):
        if not (entry / HEAD_FILE).is_file():
            continue
        try:
            plans.append(read_plan(entry, with_map=False))
        except PlanError as error:
            if refused is not None:
                refused.append(str(error))
    return sorted(plans, key=lambda plan: plan.started_at, reverse=True)


def _head(path: Path) -> PlanHead:
    try:
        head = msgspec.json.decode(path.read_bytes(), type=PlanHead)
    except (FileNotFoundError, NotADirectoryError):
        raise PlanError(f"{path.parent} holds no plan of nimdeck: it has no {HEAD_FILE}") from None
    except (msgspec.MsgspecError, OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} can't be read: {error}") from None
    if head.schema_name != SCHEMA:
        raise PlanError(f"{path} has schema {head.schema_name!r}; this nimdeck reads {SCHEMA}")
    return head


def _ordered(newest: dict[str, CellResult], cells: Iterable[Cell]) -> tuple[CellResult, ...]:
    """In the plan's order, whatever order they were run in."""
    places = {cell.id: place for place, cell in enumerate(cells)}
    return tuple(sorted(newest.values(), key=lambda result: places.get(result.cell.id, len(places))))


def _lines(path: Path, kind: type[T], damage: list[str]) -> Iterator[T]:
    if not path.is_file():
        return
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            damage.append(f"{path.name} line {number} is cut off")


def _check(path: Path, resume: bool) -> bool:
    """Whether there is a plan to go on with. ``PlanError`` where the folder can't be used as asked."""
    if not path.exists():
        if resume:
            raise PlanError(f"{path} does not exist; leave --resume out to begin a plan there")
        return False
    if not path.is_dir():
        raise PlanError(f"{path} is a file; name a folder with -O")
    inside = {entry.name for entry in path.iterdir()}
    ours = HEAD_FILE in inside
    if not ours and inside - _OURS:
        raise PlanError(f"{path} holds something that is no plan of nimdeck; name another folder with -O")
    if ours and not resume:
        raise PlanError(f"{path} holds a plan already; go on with it by --resume, or name another folder with -O")
    return ours


def _same(before: PlanRun, plan: ScalePlan, simulated: bool) -> None:
    """``PlanError`` if the folder holds another plan: their cells would be read as one."""
    folder = before.folder
    if before.simulated != simulated:
        was, now = ("simulated", "a real one") if before.simulated else ("real", "a simulation")
        raise PlanError(f"{folder} is {was}, this is {now}; name another folder with -O")
    if before.plan != plan:
        raise PlanError(f"{folder} holds the plan {before.plan.name} with other content; name another folder with -O")
