"""Copying over SSH: OSC 52 asks the user's own terminal; a file keeps the text where a terminal refuses."""

import os
from pathlib import Path
from typing import Any

from textual.app import App


def state_folder() -> Path:
    """Where nimdeck leaves files of its own: copies, pictures, recordings. Made with mode 0700."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    folder = Path(base) / "nimdeck"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def copy_text(app: App[Any], text: str, what: str) -> str:
    """Copy ``text``; the result says what was done and where the text also lies."""
    app.copy_to_clipboard(text)
    path = state_folder() / "copied.txt"
    try:
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        return f"Copied {what} (OSC 52). Not written to {path}: {error.strerror}"
    return f"Copied {what}; also in {path}"
