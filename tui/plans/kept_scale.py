"""What a plan has changed in a cluster, on disk before it is changed: after a kill it can still be put back."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tui.bench.results.files import replace_file
from tui.launch.scale import Scale
from tui.model.ids import WorkloadKey
from tui.plans.folder import RESTORE_FILE, PlanError


@dataclass(frozen=True, slots=True)
class Former:
    """A workload that was there, and the replicas that it had; ``None``: its object did not say."""

    namespace: str
    name: str
    kind: str
    min: int | None
    max: int | None

    @property
    def key(self) -> WorkloadKey:
        return WorkloadKey(self.namespace, self.name, self.kind)

    @property
    def scale(self) -> Scale:
        return Scale(self.min, self.max)


@dataclass(frozen=True, slots=True)
class _Record:
    launched: tuple[WorkloadKey, ...] = ()
    former: tuple[Former, ...] = ()


class KeptScale:
    """The record in a plan's folder; the file is gone when nothing is left to put back. Raises ``PlanError``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESTORE_FILE
        self._record = _Record()
        if self._path.is_file():
            try:
                self._record = msgspec.json.decode(self._path.read_bytes(), type=_Record)
            except (msgspec.MsgspecError, OSError, UnicodeDecodeError) as error:
                mend = "put the workloads back by hand, then remove the file"
                raise PlanError(f"{self._path} can't be read: {error}; {mend}") from None

    @property
    def launched(self) -> tuple[WorkloadKey, ...]:
        return self._record.launched

    @property
    def former(self) -> tuple[Former, ...]:
        return self._record.former

    def note_launch(self, key: WorkloadKey) -> None:
        if key not in self._record.launched:
            self._write(replace(self._record, launched=(*self._record.launched, key)))

    def note_scale(self, key: WorkloadKey, scale: Scale) -> None:
        """What it had; what was noted first counts."""
        if key not in self._record.launched and all(one.key != key for one in self._record.former):
            former = Former(*key, scale.min, scale.max)
            self._write(replace(self._record, former=(*self._record.former, former)))

    def forget(self, key: WorkloadKey) -> None:
        """It is as it was."""
        launched = tuple(one for one in self._record.launched if one != key)
        self._write(_Record(launched, tuple(one for one in self._record.former if one.key != key)))

    def _write(self, record: _Record) -> None:
        try:
            if record == _Record():
                self._path.unlink(missing_ok=True)
            else:
                replace_file(self._path, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
        except OSError as error:
            raise PlanError(f"{self._path}: {error.strerror}; make room on the disk") from None
        self._record = record
