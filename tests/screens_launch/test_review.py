"""The review and the launch by keys, on a feed that the test holds."""

from dataclasses import replace

from tests.screens.stage import deck
from tests.screens_launch.made import AROUND, MODEL, SPACE, LaunchFeed, fill, opened
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.sources.writing import Invalid, NotAllowed
from widgets.form_tiles import Tiles


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
