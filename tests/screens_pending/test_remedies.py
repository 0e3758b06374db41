"""What a remedy or a what-if opens: reviews with its numbers, the form with its fields, the quota of its project."""

from dataclasses import replace

import pytest

from tests.screens.cluster import TEAM
from tests.screens.stage import Deck, deck
from tests.screens_changes.made import NIMS, reviewed
from tests.screens_pending.made import feed, says, waiting
from tui.model.cause import Remedy
from tui.model.ids import ObjectKey
from tui.model.pending import WhatIf
from tui.screens.pending import PendingScreen


async def carry_out(on: Deck, deed: Remedy | WhatIf) -> str:
    """As enter on its row would."""
    await on.press("3", "down")
    screen = on.app.screen
    assert isinstance(screen, PendingScreen)
    problem = await screen.carry_out(deed)
    await on.pilot.pause()
    return problem


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, waiting())


async def test_a_what_if_with_numbers_goes_straight_to_the_review() -> None:
    async with deck(feed()) as on:
        deed = WhatIf("scale it", "", True, 1, "workload.scale", f"{TEAM}/llama-half", replicas=(1, 1))
        assert await carry_out(on, deed) == ""
        await reviewed(on)
        (tried,) = on.feed.writer.tried
        assert tried.body["spec"] == {"minScale": {"value": 1}, "maxScale": {"value": 1}}
        await on.press("ctrl+y")
        await reviewed(on)
        assert [change.key.name for change in on.feed.writer.made] == ["llama-half"]


async def test_a_smaller_request_fills_the_form() -> None:
    source = feed()
    key = ObjectKey(TEAM, "too-big")
    body = source.objects[NIMS, key]
    spec = {**body["spec"], "gpuDevicesRequest": {"value": 8}}
    source.objects[NIMS, key] = {**body, "spec": spec}
    async with deck(source) as on:
        deed = WhatIf("ask half", "", True, 1, "workload.edit", str(key), devices=1, portion=0.5)
        assert await carry_out(on, deed) == ""
        await on.until(lambda: on.app.current_mode == "launch" and on.app.launch_request is None)
        await on.until(lambda: "too-big" in on.text())
        assert "● half" in on.text()


async def test_what_the_remedy_is_for_may_have_gone() -> None:
    async with deck(feed()) as on:
        said = await carry_out(on, Remedy("scale it", "workload.scale", f"{TEAM}/gone"))
        assert said == f"{TEAM}/gone is no longer in the cluster"


async def test_a_quota_is_asked_for_on_the_screen_of_projects() -> None:
    async with deck(feed()) as on:
        assert await carry_out(on, Remedy("raise it", "project.quota", "team")) == ""
        await on.until(lambda: on.app.current_mode == "projects" and "control plane" in on.said)


@pytest.mark.parametrize("action", ["launch.secret", "launch.storage"])
async def test_secrets_and_claims_have_forms_of_their_own(action: str) -> None:
    async with deck(feed()) as on:
        before = on.app.screen
        assert await carry_out(on, Remedy("make it", action)) == ""
        await on.until(lambda: on.app.screen is not before and not isinstance(on.app.screen, PendingScreen))


async def test_read_only_a_what_if_changes_nothing_either() -> None:
    source = feed()
    source.settings = replace(source.settings, read_only=True)
    async with deck(source) as on:
        deed = WhatIf("scale it", "", True, 1, "workload.scale", f"{TEAM}/llama-half", replicas=(1, 1))
        assert "read-only" in await carry_out(on, deed)
