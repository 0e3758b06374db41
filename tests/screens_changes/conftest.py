"""Each test has a corner of its own on disk; one embedded cluster serves them all."""

from collections.abc import Iterator

import pytest

from tests.screens.conftest import own_corner  # noqa: F401 - its time zone, state folder and working folder
from tests.screens_changes.lab import Lab, running_lab


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as made:
        yield made
