"""What all tests share: markers that need something of the machine go into the JUnit report, for ``.ci/run``."""

import pytest

_NEEDS = ("prometheus", "kubectl")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in _NEEDS:
            if item.get_closest_marker(name):
                item.user_properties.append(("needs", name))
