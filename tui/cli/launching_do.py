"""Makes changes and turns what went wrong into one line and an exit code."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tui.cli.exits import BAD_INPUT, NO_ANSWER, ExitError, complain
from tui.launch.apply import Applied, apply
from tui.launch.plan import Existing
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.sources.kubernetes import Forbidden, KubeError
from tui.sources.writing import NoAnswer, NotAllowed, ReadOnly, WriteError

if TYPE_CHECKING:
    from config.settings import Settings
    from tui.session import Session
    from tui.sources.writing import Writer


class Denied(ExitError):  # noqa: N818
    """A right is missing; another way to the same may be open."""


_NO_DRY_RUN = "does not support dry run"  # what the API server says of some webhooks


def writer_of(session: "Session", settings: "Settings") -> "Writer":
    """The gate for changes. Raises ``ExitError``: 2 while read-only, before anything else is done."""
    refuse_read_only(settings)
    return session.writer


def refuse_read_only(settings: "Settings") -> None:
    if settings.read_only:
        raise ExitError(BAD_INPUT, "read-only: nothing was changed; run it without --read-only")


def existing_of(session: "Session") -> Existing:
    """What is there, for planning. What may not be read is taken as not there: then the server says if it is.

    Raises ``ExitError`` (3) where the API does not answer.
    """

    def existing(resource: str, key: ObjectKey) -> JsonObject | None:
        try:
            return session.object(resource, key)
        except Forbidden:
            return None
        except KubeError as error:
            raise ExitError(NO_ANSWER, f"{resource} {key}: {error}") from None

    return existing


def dry_run(
    changes: Sequence[Change], writer: "Writer", told: Callable[[Applied], None] = lambda _: None
) -> tuple[Applied, ...]:
    """Let the server try all of them. Raises ``ExitError`` where it says no, after a line for each."""
    tried: list[Applied] = []
    for one in apply(changes, writer.write, dry_run=True):
        tried.append(one)
        told(one)
    failed = [one for one in tried if one.error is not None and not _is_unsupported(one.error)]
    for one in failed[:-1]:
        complain(str(one.error))
    if failed:
        raise exit_error(failed[-1].error)
    return tuple(tried)


def make(
    changes: Sequence[Change], writer: "Writer", told: Callable[[Applied], None] = lambda _: None
) -> tuple[Applied, ...]:
    """Make them in order; the last one holds the error if there was one."""
    done: list[Applied] = []
    for one in apply(changes, writer.write):
        done.append(one)
        told(one)
    return tuple(done)


def exit_error(error: WriteError | None) -> ExitError:
    """3 where nobody answered or a right is missing, 2 where the cluster said no."""
    code = NO_ANSWER if isinstance(error, NoAnswer | NotAllowed) else BAD_INPUT
    line = str(error)
    if isinstance(error, NotAllowed) and error.right and error.right not in line:
        line += f" (missing: {error.right})"
    if isinstance(error, NotAllowed):
        return Denied(code, line)
    return ExitError(BAD_INPUT if isinstance(error, ReadOnly) else code, line)


@contextmanager
def reading_control_plane() -> Iterator[None]:
    """Turns what Run:ai's control plane does not know, or does not answer, into one line."""
    from tui.launch.projects import NotThere
    from tui.sources.runai.fault import RunaiError

    try:
        yield
    except NotThere as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    except RunaiError as error:
        raise ExitError(NO_ANSWER, error.line) from None


def author_of(writer: "Writer") -> str:
    """Who is noted as the maker; nobody where that can't be told."""
    with suppress(WriteError, OSError):
        return writer.who()
    return ""


def _is_unsupported(error: WriteError) -> bool:
    if _NO_DRY_RUN not in str(error):
        return False
    complain(f"{error}: not tried beforehand")
    return True
