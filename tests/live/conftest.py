"""A cluster that the environment names; without one these tests say what to set."""

import os
import shutil

import pytest

KUBECONFIG, PROMETHEUS = "NIMDECK_LIVE_KUBECONFIG", "NIMDECK_LIVE_PROMETHEUS"
WRITE, NAMESPACE = "NIMDECK_LIVE_WRITE", "NIMDECK_LIVE_NAMESPACE"


def needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        pytest.skip(f"{name} is not set")
    return value


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which reads the raw objects, is not on PATH")
    return needed(KUBECONFIG)


@pytest.fixture(scope="session")
def prometheus() -> str:
    return needed(PROMETHEUS)


@pytest.fixture(scope="session")
def namespace(kubeconfig: str) -> str:
    """Where something may be made: both variables must say so."""
    if os.environ.get(WRITE) != "1":
        pytest.skip(f"{WRITE}=1 is not set: nothing is written")
    return needed(NAMESPACE)
