"""The observer of a server must not be load itself where an autoscaler counts requests."""

import pytest

from tui.bench.spec import Target
from tui.model.nim import NimProbe
from tui.plans import observe


@pytest.mark.parametrize(("wakes", "asked"), [(False, ["http://route"]), (True, [])])
def test_what_would_wake_a_workload_is_not_asked(
    wakes: bool, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    def probe(address: str, *_: object, **__: object) -> NimProbe:
        found.append(address)
        return NimProbe(address, reachable=True)

    monkeypatch.setattr(observe, "probe_nim", probe)
    look = observe.endpoint_look(Target("http://route", "m"), lambda: None, wakes=wakes)
    assert look(()) is None
    assert found == asked
