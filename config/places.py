"""Where nimdeck keeps files of its own, by the XDG rules. Makes nothing and reads nothing."""

import os
from collections.abc import Mapping
from pathlib import Path


def state_folder(environ: Mapping[str, str] | None = None) -> Path:
    """``$XDG_STATE_HOME/nimdeck``, else ``~/.local/state/nimdeck``: what outlives a run and is no setting."""
    environ = os.environ if environ is None else environ
    root = environ.get("XDG_STATE_HOME", "")
    # The XDG specification: a relative path there is invalid and must be ignored.
    base = Path(root) if root.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return base / "nimdeck"
