"""Each test has a corner of its own on disk."""

from tests.screens.conftest import own_corner  # noqa: F401 - its time zone, state folder and working folder
