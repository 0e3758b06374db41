"""The form, the library, the review and the launch by keys, on a feed that the test holds."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.screens.stage import deck
from tests.screens_launch.made import AROUND, SPACE, LaunchFeed, fill, opened
from tui.launch.spec_file import load_spec
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.launch_spec import GpuAsk
from tui.model.manifest import Change
from tui.sources.writing import Invalid, NotAllowed
from widgets.form_pick import Pick
from widgets.form_tiles import Tiles

MODEL = "meta/llama-3.1-8b-instruct"


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


async def test_the_form_is_kept_as_a_profile_and_found_again(tmp_path: Path) -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await opened(running)
        await fill(running, name="mine", model=MODEL, max="3", metric="concurrency", target="50")
        await running.press("f2", "enter")
        assert "Saved as" in running.said
        kept = next((tmp_path / "config").rglob("mine.yaml"))
        assert load_spec(kept).replicas.max == 3
        await fill(running, name="other", max="1", metric="")
        await running.press("f4")
        await running.write("yours")
        await running.press("enter")
        await running.until(lambda: "mine" in running.text())
        assert running.app.screen.query_one("#max", Input).value == "3"
        await running.press("f4")
        await running.write("./gone.yaml")
        await running.press("enter")
        assert "can't be read" in running.text()


async def test_the_command_line_leads_into_the_library() -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await running.press("colon")
        await running.write("launch deepseek half")
        await running.press("enter")
        await running.until(lambda: "profiles" in running.text())
        assert running.app.screen.query_one(Pick).matches()[0].value == "deepseek-r1-8b-half-gpu"
        await running.press("enter")
        assert "deepseek-8b-half-gpu" in running.text()


async def test_the_servers_word_comes_back_to_the_field() -> None:
    feed = LaunchFeed()

    def refuse(change: Change) -> None:
        raise Invalid("create InferenceWorkload: spec.gpu.value: too little", (("spec.gpu.value", "too little"),))

    feed.writer.refuse = refuse
    async with deck(feed, (120, 40)) as running:
        await opened(running)
        await fill(running, model=MODEL)
        await running.press("f5")
        await running.until(lambda: "too little" in running.text())
        assert "mend it there" in running.text()
        await running.press("enter", "ctrl+y")
        assert feed.writer.written == []
        await running.press("escape")
        assert "gpu: too little (spec.gpu.value)" in running.text()


async def test_a_missing_right_is_named_and_another_look_is_another_dry_run() -> None:
    feed = LaunchFeed()

    def refuse(change: Change) -> None:
        raise NotAllowed("create InferenceWorkload: ops may not create inferenceworkloads.run.ai", "create")

    feed.writer.refuse = refuse
    async with deck(feed, (120, 40)) as running:
        await opened(running)
        await fill(running, model=MODEL)
        await running.press("f5")
        await running.until(lambda: "may not create" in running.text())
        feed.writer.refuse = lambda change: None
        await running.press("r")
        await running.until(lambda: "the server takes it" in running.text())


async def test_what_nimdeck_did_not_make_is_asked_for_once_more() -> None:
    feed = LaunchFeed()
    feed.there[ObjectKey(SPACE, "llama")] = {"metadata": {"name": "llama"}, "spec": {"maxScale": {"value": 9}}}
    async with deck(feed, (120, 40)) as running:
        await opened(running)
        await fill(running, name="llama", model=MODEL)
        await running.press("f5")
        await running.until(lambda: "change what nimdeck did not make" in running.text())
        await running.press("enter")
        assert "somebody else made this" in running.text()
        await running.press("escape")
        assert all(dry for _, dry in feed.writer.written)
        await running.press("enter", "y")
        await running.until(lambda: any(not dry for _, dry in feed.writer.written))


async def test_read_only_nothing_is_sent_not_even_a_dry_run() -> None:
    feed = LaunchFeed(read_only=True)
    async with deck(feed, (120, 40)) as running:
        await opened(running)
        await fill(running, model=MODEL)
        await running.press("f5")
        await running.until(lambda: "checked by nimdeck alone" in running.text())
        await running.press("enter", "ctrl+y", "x", "U")
        assert feed.writer.written == []
        assert "read-only" in running.said


async def test_a_step_that_fails_is_told_and_what_was_made_before_can_be_taken_back() -> None:
    feed = LaunchFeed()

    async with deck(feed, (120, 40)) as running:
        await opened(running)
        await fill(running, name="half-made", model=MODEL, claim="new", pvc="cache", size="50Gi")
        await running.press("f5")
        await running.until(lambda: "the server takes it" in running.text())

        def refuse(change: Change) -> None:
            if change.resource.startswith("inference"):
                raise NotAllowed(f"{change.title}: refused", "create")

        feed.writer.refuse = refuse
        await running.press("enter")
        await running.until(lambda: "refused" in running.text())
        assert "created PersistentVolumeClaim" in running.text()
        assert "U takes back what was created" in running.text()
        await running.press("U")
        await running.until(lambda: "delete PersistentVolumeClaim" in running.text())


async def test_nothing_of_a_typed_key_is_kept_where_it_was_not_launched() -> None:
    feed = LaunchFeed(around=replace(AROUND, secrets=()))
    async with deck(feed, (120, 40)) as running:
        await opened(running)
        await fill(running, model=MODEL)
        assert running.app.screen.query_one("#ngc", Tiles).value == "token"  # there is no Secret to choose
        assert "type the API key" not in running.text()
        await running.press("f5")
        assert running.app.screen.focused is running.app.screen.query_one("#token")
        await fill(running, token="nvapi-abcdef")
        assert "nvapi-abcdef" not in running.app.export_screenshot()
        assert "nvapi-abcdef" not in repr(running.app.screen._spec)  # type: ignore[attr-defined]
        await running.press("f5")
        await running.until(lambda: "the server takes it" in running.text())
        assert "***" in running.text()
        assert "nvapi-abcdef" not in running.app.export_screenshot()


async def test_what_only_the_control_plane_takes_is_asked_of_it() -> None:
    class Plane:
        def read(self, path: str, params: object = None) -> JsonObject:
            assert path == "/api/v1/org-unit/projects"
            return {"projects": [{"id": "41", "name": "test", "clusterId": "c-1"}]}

    fields = AROUND.spec_fields or frozenset()
    feed = LaunchFeed(around=replace(AROUND, spec_fields=fields - {"priorityClass"}, priority_classes=None))
    feed.control_plane = Plane()
    async with deck(feed, (120, 50)) as running:
        await opened(running)
        await fill(running, model=MODEL, name="asked-there", priority="high")
        await running.press("f5")
        await running.until(lambda: "ask Run:ai for inference runai-test/asked-there" in running.text())
        assert "projectId" in running.text()
        await running.until(lambda: len(feed.writer.written) == 1)
        await running.press("ctrl+y")
        await running.until(lambda: len(feed.writer.written) == 2)
        assert feed.writer.written[-1] == ("ask Run:ai for inference runai-test/asked-there", False)
