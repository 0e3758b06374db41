"""Makes planned changes one after the other through a writer, and takes back what was created when one fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.launch.plan import kept, metadata_text, not_ours, plan
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.sources.writing import Missing, WriteError

__all__ = ["Applied", "Write", "apply", "kept", "not_ours", "plan", "roll_back"]


class Write(Protocol):
    """``Writer.write``."""

    def __call__(self, change: Change, dry_run: bool = False) -> JsonObject: ...


@dataclass(frozen=True, slots=True)
class Applied:
    """One change that was tried. ``result`` is the object as it is then; ``error`` says why there is none."""

    change: Change
    result: JsonObject | None = None
    error: WriteError | None = None

    @property
    def done(self) -> bool:
        return self.error is None


def apply(changes: Sequence[Change], write: Write, dry_run: bool = False) -> Iterator[Applied]:
    """Make them in order. The first that fails is the last that is tried; what was done before stays.

    A dry run goes through all of them, for none leans on what another one did.
    """
    for change in changes:
        try:
            result = write(change, dry_run)
        except WriteError as error:
            yield Applied(change, error=error)
            if not dry_run:
                return
        else:
            yield Applied(change, result)


def roll_back(applied: Sequence[Applied], write: Write) -> Iterator[Applied]:
    """Delete what these changes created, the last first, each by its uid; what is gone already counts as done.

    Objects that were only changed, and those of which nobody knows whether they were created, stay as they are.
    """
    for one in reversed(applied):
        removal = _removal(one)
        if removal is None:
            continue
        try:
            yield Applied(removal, write(removal))
        except Missing:
            yield Applied(removal, {})
        except WriteError as error:
            yield Applied(removal, error=error)


def _removal(one: Applied) -> Change | None:
    if one.change.verb != "create" or one.result is None:
        return None
    uid = metadata_text(one.result, "uid")
    if uid is None:
        return None
    kind = str(one.result.get("kind", one.change.resource))
    title = f"delete {kind} {one.change.key}"
    return Change("delete", one.change.resource, one.change.key, title, replaces=one.result, owned=True, uid=uid)
