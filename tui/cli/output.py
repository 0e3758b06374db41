"""Writing to standard output, as UTF-8 whatever the locale."""

import sys


def write(text: str) -> None:
    """Write to standard output at once, so that a reader at the other end of a pipe has it."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
