"""The world ``pending`` takes a second to come about: it does so once, and who changes it has a copy."""

import copy

import pytest

from tests.demo_world.worlds import Stage


@pytest.fixture(scope="session")
def untouched() -> Stage:
    """Only looked at."""
    return Stage("pending")


@pytest.fixture
def pending(untouched: Stage) -> Stage:
    """One of its own, which starts as every world of that seed does."""
    return copy.deepcopy(untouched)
