"""Sentences for eyes on the command line: wrapped under their label, commands kept whole so that they can be copied."""

import textwrap

from tui.cli.table import harmless

COMMAND = "$ "  # what a label ends with whose line is a command


def wrapped(label: str, line: str, width: int) -> list[str]:
    """The line after its label, over as many lines as it needs; what a terminal would obey is made harmless."""
    line = harmless(line)
    if label.endswith(COMMAND):
        return [label + line]
    return textwrap.wrap(
        line, width, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False
    ) or [""]
