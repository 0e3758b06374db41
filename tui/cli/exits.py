"""Exit codes, and the error that carries one. They are a contract: ``docs/json.md``."""

import sys

PROGRAM = "nimdeck"

DONE = 0
NO = 1  # the answer is no
BAD_INPUT = 2  # or refused by --read-only
NO_ANSWER = 3  # the cluster did not answer, or nothing could be read
INTERRUPTED = 130


class ExitError(Exception):
    """Ends a command: ``str`` is the one line for standard error."""

    def __init__(self, code: int, line: str) -> None:
        super().__init__(line)
        self.code = code


def complain(line: str) -> None:
    """One line on standard error, with our name before it, whatever line ends the world put into it."""
    print(f"{PROGRAM}: {' '.join(line.split())}", file=sys.stderr)
