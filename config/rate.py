"""How often the picture is drawn anew, where the settings leave it open."""

import os

from config.settings import ScreenSettings

_LOCAL_SECONDS, _SSH_SECONDS = 1.0, 2.0


def refresh_seconds(screen: ScreenSettings) -> float:
    """As set, or 1 s on a local terminal and 2 s over SSH, where each picture costs the line."""
    if screen.refresh_seconds is not None:
        return screen.refresh_seconds
    return _SSH_SECONDS if "SSH_CONNECTION" in os.environ else _LOCAL_SECONDS
