"""``record FILE`` and ``replay FILE``: what is seen, kept and shown again."""

import argparse
from pathlib import Path
from typing import Any

from tui.cli.exits import BAD_INPUT, ExitError


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add both commands to the grammar."""
    record = commands.add_parser("record", help="Write what is seen to a file, until Ctrl-C or --duration")
    record.add_argument("file", type=Path, metavar="FILE", help="A new file")
    record.add_argument("--duration", type=_seconds, metavar="SECONDS", help="Stop by itself after so long")
    record.set_defaults(run=run_record)
    replay = commands.add_parser("replay", help="Play a recording in the app: step, seek, speed")
    replay.add_argument("file", type=Path, metavar="FILE")
    replay.set_defaults(run=run_replay)


def run_record(arguments: argparse.Namespace) -> int:
    """Record until interrupted (130) or for ``--duration`` (0); the file is whole either way."""
    path: Path = arguments.file
    if path.exists():
        raise ExitError(BAD_INPUT, f"{path} exists; name a new file, or remove it first")
    if not path.absolute().parent.is_dir():
        raise ExitError(BAD_INPUT, f"{path.parent} is no folder; make it first or name another")
    from tui.cli.recorder import record
    from tui.cli.watching import settings_of

    return record(path, settings_of(arguments), arguments.duration)


def run_replay(arguments: argparse.Namespace) -> int:
    """Play a recording in the app."""
    path: Path = arguments.file
    if not path.is_file():
        raise ExitError(BAD_INPUT, f"{path} does not exist; name a file that nimdeck record wrote")
    from tui.cli.app import need_terminal
    from tui.cli.watching import settings_of

    settings = settings_of(arguments)
    _check(path)
    need_terminal()
    from tui.app import run_replay as run_app

    return run_app(path, settings)


def _check(path: Path) -> None:
    """Say what is wrong with a file while there is still a plain terminal to say it on."""
    from tui.store.record import RecordError
    from tui.store.recording import Recording

    try:
        Recording(path).close()
    except RecordError as error:
        raise ExitError(BAD_INPUT, str(error)) from None


def _seconds(text: str) -> float:
    """A number of seconds above 0, for ``argparse``."""
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return seconds
