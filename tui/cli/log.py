"""The log file: opened where the settings name one, silent otherwise. Only our own loggers write there."""

import logging
from pathlib import Path

from config.errors import SettingsError

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_OURS = ("tui", "widgets", "config")


def start_log(path: Path | None) -> None:
    """Send our loggers' lines to ``path``; with none, nothing is written anywhere - not even over the screen."""
    # Without a handler, ``logging`` prints warnings of any library on standard error, across what the app draws.
    logging.getLogger().addHandler(logging.NullHandler())
    if path is None:
        return
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"log_file: {path} can't be written: {error.strerror}; name another file") from None
    handler.setFormatter(logging.Formatter(_FORMAT))
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
