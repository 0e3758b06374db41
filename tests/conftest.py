"""What all tests share: markers that need something of the machine go into the JUnit report, for ``.ci/run``."""

import signal

import pytest
from hypothesis import settings

# CI judges a change, so it tries the same examples each time; everybody else's runs look for new ones.
settings.register_profile("ci", derandomize=True, deadline=None)

_NEEDS = ("prometheus", "kubectl")

# Started in the background, a shell has Ctrl-C ignored, and so would every process have that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in _NEEDS:
            if item.get_closest_marker(name):
                item.user_properties.append(("needs", name))
