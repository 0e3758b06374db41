"""The form by keys, on a feed that the test holds."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from tests.screens.stage import deck
from tests.screens_launch.made import AROUND, MODEL, LaunchFeed, fill, opened
from tui.model.launch_spec import GpuAsk
from widgets.form_pick import Pick
from widgets.form_tiles import Tiles


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_what_can_be_chosen_is_chosen_and_the_fit_is_told_live(size: tuple[int, int]) -> None:
    async with deck(LaunchFeed(), size) as running:
        await opened(running)
        assert running.app.screen.query_one("#project", Input).value == "test"  # the most quota left
        assert running.app.screen.query_one("#secret", Input).value == "ngc-api-key"
        await fill(running, model=MODEL)
        assert "llama-3-1-8b-instruct" in running.text()  # the name that an empty one would become
        assert "FITS NOW" in running.text() or "NOT KNOWN" in running.text()
        await fill(running, secret="another")
        assert "DOES NOT FIT NOW" in running.text()


async def test_typing_filters_the_catalogue_and_any_model_may_stand() -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await opened(running)
        field = running.app.screen.query_one("#model", Pick)
        field.focus()
        await running.write("70b llama-3.3")
        assert [one.value for one in field.matches()] == ["meta/llama-3.3-70b-instruct"]
        await running.press("enter")
        assert field.value == "meta/llama-3.3-70b-instruct"
        field.focus()
        await running.press("ctrl+u")
        await running.write("acme/new-model")
        await running.press("enter")
        assert field.value == "acme/new-model"


async def test_what_is_wrong_stands_under_its_field_and_review_leads_there() -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await opened(running)
        await fill(running, name="Llama_8B", model=MODEL)
        assert "name: 'Llama_8B': is no name" in " ".join(running.text().split())
        await running.press("f5")
        assert running.app.screen.focused is running.app.screen.query_one("#name")
        await fill(running, name="llama", delete_after="soon")
        await running.press("f5")  # into the fold
        assert running.app.screen.focused is running.app.screen.query_one("#delete_after")
        assert "is not a duration" in running.text()


async def test_what_the_cluster_does_not_offer_is_there_disabled_with_the_reason() -> None:
    without = AROUND.spec_fields or frozenset()
    around = replace(AROUND, spec_fields=without - {"ttlAfterFinish", "nodePools"})
    feed = LaunchFeed(around=around)
    async with deck(feed, (120, 60)) as running:
        await opened(running)
        await running.press("f3")
        assert running.app.screen.query_one("#delete_after").disabled
        assert "has no ttlAfterFinish" in " ".join(running.text().split())
        assert not running.app.screen.query_one("#node_pools").disabled  # the control plane takes it


async def test_the_tiles_are_the_guides_and_anything_else_is_free() -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await opened(running)
        running.app.screen.query_one("#tile", Tiles).focus()
        await running.press("right", "right", "right")
        assert "GPUs, of each" in running.text()
        await fill(running, devices="2", portion="30 %", model=MODEL)
        assert running.app.screen._spec.gpu == GpuAsk(2, 0.3)  # type: ignore[attr-defined]
