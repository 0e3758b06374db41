"""The entry point: parse, run the command, turn what went wrong into one line and an exit code."""

import os
import sys

from config.errors import SettingsError
from tui.cli.exits import BAD_INPUT, DONE, INTERRUPTED, ExitError, complain


def entry() -> int:
    """The console script. Ctrl-C at any moment leaves 130 and no traceback."""
    try:
        return main(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED


def main(arguments: list[str]) -> int:
    """Run a command line; the exit code. ``SystemExit`` is raised for ``--help``, ``--version`` and wrong input."""
    from tui.cli.parser import parse

    try:
        parsed = parse(arguments)
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except SettingsError as error:
        complain(str(error))
        return BAD_INPUT
    except ExitError as error:
        complain(str(error))
        return error.code
    except BrokenPipeError:
        _close_stdout()
        return DONE
    return code


def _close_stdout() -> None:
    """The reader (``head``) has what it wanted; nothing may be flushed into the broken pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
