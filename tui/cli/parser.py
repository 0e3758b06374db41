"""The grammar of the command line: global flags on either side of the command, wrong input in one line.

It imports only the grammar of each command group; the work is imported when the command runs.
"""

import argparse
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NoReturn

from tui.cli import (
    app,
    bench,
    bundle,
    demo,
    fit,
    launching,
    listings,
    preflight,
    recording,
    report,
    runs,
    settings,
    size,
)
from tui.cli.exits import BAD_INPUT, PROGRAM, complain
from tui.cli.flags import add_global_flags
from tui.cli.version import __version__

_GROUPS = (demo, listings, preflight, fit, launching, bench, runs, report, size, recording, bundle, settings)
_EPILOG = "Exit codes: 0 done, 1 the answer is no, 2 bad input, 3 no answer from the cluster, 130 interrupted."
_UNKNOWN_COMMAND = "argument COMMAND: invalid choice: "


class Parser(argparse.ArgumentParser):
    """A parser that answers wrong input with one line and no usage; the flags of everywhere are its flags too."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(allow_abbrev=False, **keywords)
        add_global_flags(self)

    def error(self, message: str) -> NoReturn:
        if message.startswith(_UNKNOWN_COMMAND):
            wrong = message.removeprefix(_UNKNOWN_COMMAND).split("'")[1]
            message = f"unknown command {wrong!r}; {_nearest(wrong, self.commands())}"
        complain(message)
        self.exit(BAD_INPUT)

    def refuse(self, argument: str) -> NoReturn:
        """Leave because of an argument that nobody knows."""
        if not argument.startswith("-"):
            self.error(f"{argument!r} is one argument too many; see {self.prog} --help")
        flag = argument.partition("=")[0]
        flags = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
        self.error(f"unknown flag {flag}; {_nearest(flag, flags)}")

    def commands(self) -> dict[str, "Parser"]:
        """The parsers of its commands, by name."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return dict(action.choices)
        return {}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The parsed command line; its ``run`` is the command's function. Leaves with 2 on wrong input."""
    parser = _build()
    known, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.commands().get(known.command or "", parser).refuse(unknown[0])
    return known


def _build() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description="A terminal deck for NVIDIA NIM inference on a Run:ai GPU cluster. Without a command: the app.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.set_defaults(run=app.run)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for group in _GROUPS:
        group.add_commands(commands)
    return parser


def _nearest(wrong: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(wrong, names, n=1)
    return f"did you mean {close[0]}?" if close else f"one of {', '.join(names)}"
