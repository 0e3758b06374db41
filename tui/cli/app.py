"""No command: the app on the cluster that kubeconfig and settings name."""

import argparse
import sys

from tui.cli.exits import BAD_INPUT, ExitError


def run(arguments: argparse.Namespace) -> int:
    """Start the app; its exit code."""
    from tui.cli.watching import settings_of

    settings = settings_of(arguments)
    need_terminal()
    from tui.app import run_app

    return run_app(lambda: settings, settings, title=settings.profile)


def need_terminal() -> None:
    """Refuse to draw into a pipe. Standard error counts: Textual draws on it."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise ExitError(BAD_INPUT, "the app needs a terminal; for pipes and scripts: nimdeck nodes -o json")
