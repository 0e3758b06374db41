"""One review for every change: shown, tried, confirmed, done, told; what failed is offered again."""

import threading
from dataclasses import replace

import pytest

from tests.screens.cluster import TEAM
from tests.screens.stage import SETTINGS, deck
from tests.screens_changes.made import NIMS, feed, go_to, mark, nim, reviewed
from tui.model.ids import ObjectKey
from tui.screens.change_prompt import Prompt
from tui.screens.change_review import ChangeReview
from tui.screens.workloads import WorkloadsScreen
from tui.sources.writing import Changed, NoAnswer, NotAllowed

SIZES = [(80, 24), (160, 45)]
HALF = ObjectKey(TEAM, "llama-half")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_scaling_is_previewed_tried_and_done(size: tuple[int, int]) -> None:
    async with deck(feed(), size=size) as on:
        await go_to(on, "llama-half")
        await on.press("a")
        assert isinstance(on.app.screen, Prompt)
        await on.press("backspace", "1", "tab", "backspace", "3", "enter")
        await reviewed(on)
        text = on.text()
        assert "asks for 0.5 to 1.5 GPUs; it holds 1 now" in text
        assert "would be done (dry run)" in text
        assert "-    value: 8" in text and "+    value: 3" in text
        assert "nothing is changed yet" in text
        assert on.feed.writer.made == [] and len(on.feed.writer.tried) == 1
        await on.press("ctrl+y")
        await reviewed(on)
        (change,) = on.feed.writer.made
        assert change.body == {"spec": {"minScale": {"value": 1}, "maxScale": {"value": 3}}}
        assert change.resource_version == "7"
        assert "all done: 1 change" in on.text() and "audit.jsonl" in on.text()
        await on.press("escape")
        assert isinstance(on.app.screen, WorkloadsScreen)
        assert on.feed.refreshed == 1


async def test_numbers_that_are_none_are_told_in_the_box() -> None:
    async with deck(feed()) as on:
        await go_to(on, "llama-half")
        await on.press("a", "backspace", "9", "enter")
        assert "at least 9 is more than at most 8" in on.text()
        await on.press("backspace", "x", "enter")
        assert "'x' is no number of replicas" in on.text()
        await on.press("escape")
        assert isinstance(on.app.screen, WorkloadsScreen)


async def test_what_is_so_already_has_nothing_to_do() -> None:
    async with deck(feed()) as on:
        await go_to(on, "llama-half")
        await on.press("a", "enter")
        await reviewed(on)
        assert "it is so already" in on.text()
        await on.press("ctrl+y")
        assert "nothing is left to do" in on.said
        assert on.feed.writer.made == []


async def test_a_deletion_wants_the_name_typed() -> None:
    async with deck(feed()) as on:
        await go_to(on, "llama")
        await on.press("D")
        await reviewed(on)
        assert "frees 8 GPUs" in on.text() and "Type llama to confirm" in on.text()
        await on.press("ctrl+y")
        assert "type llama first" in on.said and on.feed.writer.made == []
        await on.write("llama")
        await on.press("enter")
        await reviewed(on)
        (change,) = on.feed.writer.made
        assert (change.verb, change.uid, change.key.name) == ("delete", "uid-llama", "llama")


async def test_marked_rows_are_one_review_with_a_line_each() -> None:
    source = feed()
    source.writer.errors[("llama", "real")] = NotAllowed("no", "patch inferenceworkloads.run.ai")
    async with deck(source) as on:
        await on.press("2")
        await mark(on, "llama", "llama-half", "cuda-debug")
        await on.press("Z")
        await reviewed(on)
        text = on.text()
        assert "3 workloads" in on.lines()[0]
        assert "does not say how many replicas it has" in text
        assert "1 can't be done and will be left out" in text
        await on.press("ctrl+y")
        await reviewed(on)
        assert [change.key.name for change in source.writer.made] == ["llama", "llama-half"], (
            "one refusal stops no other"
        )
        assert "1 done, 1 not" in on.text()
        assert "missing: patch inferenceworkloads.run.ai" in on.text()
        source.writer.errors.clear()
        await on.press("ctrl+y")
        await reviewed(on)
        assert "suspend InferenceWorkload" in on.text(), "it is offered anew"
        await on.press("ctrl+y")
        await reviewed(on)
        assert [change.key.name for change in source.writer.made] == ["llama", "llama-half", "llama"]


async def test_what_changed_meanwhile_is_read_again() -> None:
    source = feed()
    source.writer.errors[("llama-half", "real")] = Changed("it was changed meanwhile: look at it again")
    async with deck(source) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        await on.press("ctrl+y")
        await reviewed(on)
        assert "changed meanwhile" in on.text()
        body = nim("llama-half", 1, 1)
        source.objects[NIMS, HALF] = {**body, "metadata": {**body["metadata"], "resourceVersion": "8"}}
        source.writer.errors.clear()
        await on.press("r")
        await reviewed(on)
        await on.press("ctrl+y")
        await reviewed(on)
        assert source.writer.made[-1].resource_version == "8"
        assert "all done" in on.text()


async def test_what_is_suspended_is_resumed_by_the_same_key() -> None:
    source = feed()
    source.objects[NIMS, HALF] = nim("llama-half", 0, 0, **{"nimdeck.io_suspended-scale": "2,8"})
    async with deck(source) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        assert "resume InferenceWorkload" in on.text() and "asks for 0.5 GPUs a replica again" in on.text()


async def test_a_dry_run_that_says_no_is_not_done() -> None:
    source = feed()
    source.writer.errors[("llama", "dry")] = NotAllowed("you may not", "delete inferenceworkloads.run.ai")
    async with deck(source) as on:
        await go_to(on, "llama")
        await on.press("D")
        await reviewed(on)
        assert "it can't be done so" in on.text()
        await on.press("ctrl+y")
        await reviewed(on)
        assert source.writer.made == [] and len(source.writer.tried) == 2, "it looks again instead"


async def test_an_answer_that_never_came_is_not_called_undone() -> None:
    source = feed()
    source.writer.errors[("llama-half", "real")] = NoAnswer("no answer: nobody knows whether it happened")
    async with deck(source) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        await on.press("ctrl+y")
        await reviewed(on)
        assert "nobody knows" in on.text() and "not done" not in on.text()


async def test_leaving_while_it_works_ends_it_after_the_change_under_way() -> None:
    source = feed()
    begun, go_on = threading.Event(), threading.Event()

    def hold(change) -> None:
        if source.writer.made or begun.is_set():
            return
        if any(tried.key == change.key for tried in source.writer.tried):
            begun.set()
            assert go_on.wait(10)

    async with deck(source) as on:
        await on.press("2")
        await mark(on, "llama", "llama-half")
        await on.press("Z")
        await reviewed(on)
        source.writer.before = hold
        await on.press("ctrl+y")
        await on.until(begun.is_set)
        await on.press("escape")
        assert isinstance(on.app.screen, ChangeReview), "what is under way is not left alone"
        go_on.set()
        await reviewed(on)
        assert len(source.writer.made) == 1
        assert "would be done" in on.text()


async def test_others_objects_are_named_as_such() -> None:
    source = feed()
    source.objects[NIMS, HALF] = nim("llama-half", 2, 8, ours=False)
    async with deck(source) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        assert "nimdeck did not make this object" in on.text()


async def test_the_whole_object_can_be_seen() -> None:
    async with deck(feed()) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        await on.press("v")
        assert "apiVersion: run.ai/v2alpha1" in on.text()


async def test_an_object_that_is_gone_is_told() -> None:
    source = feed()
    source.objects.clear()
    async with deck(source) as on:
        await go_to(on, "llama")
        await on.press("D")
        await reviewed(on)
        assert "it is gone" in on.text()


async def test_the_page_of_a_workload_offers_the_same() -> None:
    async with deck(feed()) as on:
        await go_to(on, "llama-half")
        await on.press("enter", "Z")
        await reviewed(on)
        assert "suspend InferenceWorkload" in on.text()


async def test_read_only_every_change_says_one_line() -> None:
    settings = replace(SETTINGS, read_only=True)
    source = feed(settings)
    async with deck(source) as on:
        await go_to(on, "llama-half")
        for key in ("a", "Z", "D", "x"):
            await on.press(key)
            assert isinstance(on.app.screen, WorkloadsScreen)
        assert on.said.count("nothing is changed") == 4
        assert source.writer.tried == []


async def test_what_was_made_beside_a_workload_that_is_gone_is_offered_again() -> None:
    source = feed()
    lb = ObjectKey(TEAM, "llama-lb")
    source.objects["services", lb] = {
        "kind": "Service",
        "metadata": {
            "name": lb.name,
            "namespace": TEAM,
            "uid": "u",
            "labels": {"app.kubernetes.io/managed-by": "nimdeck"},
        },
    }
    source.writer.errors[("llama-lb", "real")] = NotAllowed("you may not", "delete services")
    async with deck(source) as on:
        await go_to(on, "llama")
        await on.press("D")
        await reviewed(on)
        await on.write("llama")
        await on.press("enter")
        await reviewed(on)
        assert "1 done, 1 not" in on.text()
        del source.objects[NIMS, ObjectKey(TEAM, "llama")]
        source.writer.errors.clear()
        await on.press("ctrl+y")
        await reviewed(on)
        assert "it is gone" not in on.text()
        await on.write("llama")
        await on.press("enter")
        await reviewed(on)
        assert [change.key.name for change in source.writer.made] == ["llama", "llama-lb", "llama-lb"]
        assert "all done: 2 changes" in on.text()
