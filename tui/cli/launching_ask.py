"""Before anything is changed: what would be, and whether it is meant. Nothing is asked where nobody can answer."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from tui.cli.exits import BAD_INPUT, NO, ExitError
from tui.cli.table import harmless
from tui.launch.yaml_text import change_difference, to_yaml
from tui.model.manifest import Change, Manifest

_NOBODY = "nothing was changed: there is no terminal to ask at; give --yes"


def preview(changes: Sequence[Change], kept: Iterable[Manifest] = ()) -> None:
    """Each change with its difference, on standard error: standard output is for the answer."""
    for manifest in kept:
        _tell(f"= {manifest} is there and stays as it is")
    for change in changes:
        mark = {"create": "+", "delete": "-"}.get(change.verb, "~")
        theirs = " (NOT made by nimdeck)" if change.owned is False else ""
        _tell(f"{mark} {change.title}{theirs}")
        for line in _body(change):
            _tell(f"    {line}")


def must_be_asked(arguments: argparse.Namespace) -> bool:
    """Whether a preview is needed: it is confirmed, or is all that is wanted.

    Raises ``ExitError`` (2), before anything is done, where nobody could be asked.
    """
    if arguments.yes:
        return bool(arguments.dry_run)
    if not arguments.dry_run and not _can_ask():
        raise ExitError(BAD_INPUT, _NOBODY)
    return True


def confirm(question: str, is_yes: bool, typed: str | None = None) -> None:
    """Return if it is meant. ``typed`` is what must be typed for what can't be undone.

    Raises ``ExitError``: 2 where there is no terminal to ask at, 1 where the answer is no.
    """
    if is_yes:
        return
    if not _can_ask():
        raise ExitError(BAD_INPUT, _NOBODY)
    if typed is None:
        given = asked(f"{question} [y/N] ").lower() in ("y", "yes")
    else:
        given = asked(f"{question} Type {typed} to confirm: ") == typed
    if not given:
        raise ExitError(NO, "nothing was changed")


def asked(prompt: str) -> str:
    """One line from the terminal; the end of input is no answer."""
    print(harmless(prompt), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def refuse_theirs(changes: Iterable[Change], overwrite: bool) -> None:
    """Stop before what nimdeck did not make is changed. Raises ``ExitError`` (2)."""
    theirs = [change for change in changes if change.owned is False and change.verb == "patch"]
    if theirs and not overwrite:
        names = ", ".join(f"{change.resource} {change.key}" for change in theirs)
        raise ExitError(BAD_INPUT, f"{names}: not made by nimdeck; give --overwrite to change it all the same")


def _body(change: Change) -> Sequence[str]:
    if change.verb == "delete" or change.body is None:
        return ()
    if change.verb == "create":
        return to_yaml([change.body]).splitlines()
    return change_difference(change)


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _tell(line: str) -> None:
    print(harmless(line), file=sys.stderr)
