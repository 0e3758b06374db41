"""By keys, against the embedded cluster: what is reviewed is what happens there, and what is secret stays so."""

import base64
import gc
import logging
import traceback
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.traceback import Traceback

from tests.screens_changes.lab import Lab, LiveDeck, live
from tests.screens_changes.made import go_to, reviewed
from tui.actions import ACTIONS
from tui.model.ids import ObjectKey
from tui.model.launch_spec import GpuAsk
from tui.screens.change_probe import ProbeScreen
from tui.screens.change_review import ChangeReview
from tui.screens.change_try import Review
from tui.screens.launch_compute import compute_name
from tui.screens.projects import ProjectsScreen
from tui.screens.secret_form import SecretForm
from tui.screens.storage_form import StorageForm

NIMS = "inferenceworkloads.run.ai"
TOKEN = "nvapi-Un5een_by-all"


def found(on: LiveDeck, resource: str, name: str, namespace: str = "runai-test") -> Any:
    assert on.app.feed is not None
    return on.app.feed.object(resource, ObjectKey(namespace, name))


async def done(on: LiveDeck) -> None:
    """Confirm the review on top and wait until it is through."""
    await reviewed(on)
    await on.press("ctrl+y")
    await reviewed(on)


async def test_scaled_to_another_number_and_seen_in_the_audit(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path)) as on:
        await go_to(on, "embed-e5")
        await on.press("a", "tab", "backspace", "4", "enter")
        await reviewed(on)
        assert "would be done (dry run)" in on.text() and "asks for 0.25 to 1 GPU;" in on.text()
        assert found(on, NIMS, "embed-e5", "runai-team-a")["spec"]["maxScale"]["value"] == 2
        await done(on)
        assert "all done: 1 change" in on.text()
        assert found(on, NIMS, "embed-e5", "runai-team-a")["spec"]["maxScale"]["value"] == 4
        await on.press("escape", "9", "tab")
        await on.until(lambda: "ok (dry run)" in on.text())
        assert on.text().count("runai-team-a/embed-e5 infer") == 2
        await on.press("enter")
        await on.until(lambda: "Dry run:" in on.text())


async def test_suspended_and_resumed(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path)) as on:
        await go_to(on, "rerank-qa")
        await on.press("Z")
        await done(on)
        body = found(on, NIMS, "rerank-qa", "runai-team-a")
        assert body["spec"]["maxScale"]["value"] == 0
        assert body["metadata"]["annotations"]["nimdeck.io/suspended-scale"] == "1,2"
        await on.press("escape")
        await go_to(on, "rerank-qa")
        await on.press("Z")
        await done(on)
        assert found(on, NIMS, "rerank-qa", "runai-team-a")["spec"]["maxScale"]["value"] == 2


async def test_exposed_probed_and_deleted_with_what_was_made_for_it(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path)) as on:
        await go_to(on, "llama-31-8b-half")
        await on.press("x")
        await reviewed(on)
        assert "by-passes Knative" in on.text() and "+  type: LoadBalancer" in on.text()
        await done(on)
        assert "is served at http://127." in on.text()
        await on.press("escape", "t")
        await on.until(lambda: isinstance(on.app.screen, ProbeScreen) and "TTFT:" in on.text())
        assert "it serves" in on.text() and "✓ chat" in on.text() and "http://127." in on.text()
        await on.press("escape", "D")
        await reviewed(on)
        assert "delete Service runai-test/llama-31-8b-half-lb" in on.text()
        await on.write("llama-31-8b-half")
        await on.press("enter")
        await reviewed(on)
        assert found(on, "services", "llama-31-8b-half-lb") is None
        gone = found(on, NIMS, "llama-31-8b-half")
        assert gone is None or gone["metadata"]["deletionTimestamp"]


async def test_a_claim_on_a_share_is_made_and_is_a_data_source_too(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path)) as on:
        await on.press("f6", *"test", "enter")
        await on.until(lambda: "nfs-pvc-nim" in on.text())
        await on.press(*"cache", "tab", "tab", "tab", "tab", *"nas", "tab", "slash", *"nim", "tab", "right", "f5")
        await reviewed(on)
        text = on.text()
        assert "create PersistentVolume test-cache" in text and "create PersistentVolumeClaim runai-test/cache" in text
        assert "not tried beforehand" in text
        await done(on)
        assert "all done: 3 changes" in on.text()
        assert found(on, "persistentvolumeclaims", "cache")["spec"]["volumeName"] == "test-cache"
        assert on.app.feed is not None and on.app.feed.control_plane is not None
        entries: Any = on.app.feed.control_plane.read("/api/v1/asset/datasource/pvc")["entries"]
        assert [one["spec"]["claimName"] for one in entries if one["meta"]["name"] == "cache"] == ["cache"]
        await on.press("escape")
        assert isinstance(on.app.screen, StorageForm)
        await on.until(lambda: "test-cache" in on.text())


async def test_the_forms_compute_is_kept_at_the_control_plane(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path)) as on:
        await on.press("4")
        await on.until(lambda: "nfs-pvc-nim" in on.text())
        form: Any = on.app.screen
        form.query_one("#project").value = "test"
        await on.press("f8")
        await reviewed(on)
        assert "create Run:ai compute resource half-gpu for project test" in on.text()
        await done(on)
        assert "all done: 1 change" in on.text()
        assert on.app.feed is not None and on.app.feed.control_plane is not None
        entries: Any = on.app.feed.control_plane.read("/api/v1/asset/compute")["entries"]
        (made,) = [one["spec"] for one in entries if one["meta"]["name"] == "half-gpu"]
        assert (made["gpuDevicesRequest"], made["gpuRequestType"], made["gpuPortionRequest"]) == (1, "portion", 0.5)


@pytest.mark.parametrize(
    ("gpu", "name"),
    [
        (GpuAsk(1, 0.1), "small-fraction"),
        (GpuAsk(2, 0.255), "2x25-5-percent"),
        (GpuAsk(1, memory_bytes=20 * 2**30), "1x20gi"),
        (GpuAsk(4), "4-gpus"),
    ],
)
def test_a_compute_resource_is_called_what_it_is(gpu: GpuAsk, name: str) -> None:
    assert compute_name(gpu) == name


async def test_a_secret_that_is_typed_is_found_nowhere(
    lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log = logging.FileHandler(tmp_path / "log")
    logging.getLogger().addHandler(log)
    pictures, pages = [], []
    try:
        async with live(lab.settings(tmp_path)) as on:
            await on.press("f7", *"test", "enter", "tab", *"typed", "tab", "tab")
            await on.write(TOKEN)
            form = on.app.screen
            assert isinstance(form, SecretForm)
            field: Any = form.query_one("#token")
            assert field.value == TOKEN
            pictures.append(on.app.export_screenshot())
            await on.press("f5")
            await reviewed(on)
            assert field.value == "", "what was typed is not left in the field"
            for key in ("v", "v"):
                pages += [on.text(), "\n".join(on.app.screen.query_one("#text").lines)]  # type: ignore[attr-defined]
                pictures.append(on.app.export_screenshot())
                await on.press(key)
            assert "'***'" in "\n".join(pages)
            await done(on)
            assert "all done: 1 change" in on.text()
            pictures.append(on.app.export_screenshot())
            pages.append(broken(on))
            await on.press("f12")
            await on.press("escape", "escape")
            kept = lab_secret(lab, "typed")
            assert kept == TOKEN
    finally:
        logging.getLogger().removeHandler(log)
        log.close()
    gc.collect()
    places = written(tmp_path)
    assert len(places) >= 3, "the log, the audit and a picture are there"
    assert not [place for place in (*pictures, *pages, *places, caplog.text) if TOKEN in place]


def written(folder: Path) -> list[str]:
    return [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]


def broken(on: LiveDeck) -> str:
    """The tracebacks, with all locals, of a fault while the review's thread plans."""
    screen = on.app.screen
    assert isinstance(screen, ChangeReview)
    plan = screen._review.plan

    def fails() -> Any:
        steps = list(plan())
        raise RuntimeError(f"induced with {steps}")

    try:
        fails()
    except RuntimeError as error:
        out = StringIO()
        shown = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
        Console(file=out, width=200).print(shown)
        return out.getvalue() + "".join(traceback.format_exception(error)) + repr(screen._steps)
    raise AssertionError


def lab_secret(lab: Lab, name: str) -> str:
    """What the cluster itself keeps."""
    store = lab.world.context.api.store
    body: Any = store.get(store.resource("secrets"), "runai-test", name)
    return base64.b64decode(body["data"]["NGC_API_KEY"]).decode()


async def test_a_project_its_quota_and_the_placement(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path), (80, 24)) as on:
        await on.press("0", "a", *"fresh", "tab", "2", "enter")
        await reviewed(on)
        assert "create project fresh with a quota of 2 GPUs" in on.text()
        await done(on)
        await on.press("escape")
        assert isinstance(on.app.screen, ProjectsScreen)
        await on.until(lambda: "fresh" in on.names())
        on.table.cursor_key = "team-a"
        await on.pilot.pause()
        await on.press("m", "backspace", "1", "enter")
        await reviewed(on)
        assert "GPUs: " in on.text() and "over quota then" in on.text()
        await done(on)
        await on.press("escape", "o")
        await reviewed(on)
        assert "by binpack (it was spread)" in on.text()
        await done(on)
        await on.press("escape")
        await on.until(lambda: on.app.snapshot.node_pools["default"].placement_strategy == "binpack")
        await on.until(lambda: on.app.snapshot.projects["team-a"].gpu_quota == 1)


async def test_without_a_control_plane_projects_say_what_to_set(lab: Lab, tmp_path: Path) -> None:
    async with live(lab.settings(tmp_path, control_plane=False)) as on:
        await on.press("0", "a", "m", "o")
        assert isinstance(on.app.screen, ProjectsScreen)
        assert on.said.count("set runai.url") == 3
        assert "spread" in on.text() or "binpack" in on.text()


async def test_read_only_nothing_but_self_subject_reviews_is_posted(lab: Lab, tmp_path: Path) -> None:
    """Every action of the table that changes something, and a review that came about all the same."""
    async with live(lab.settings(tmp_path, read_only=True)) as on:
        lab.sent.clear()
        await go_to(on, "embed-e5")
        driven = [action for action in ACTIONS if action.mutates]
        for action in driven:
            said = await on.app.perform(action.id)
            assert "read-only: nothing is changed" in said, action.id
        assert len(driven) >= 10
        await on.press("enter", "a", "x", "Z", "D", "escape", "0", "a", "m", "o", "f6", "f7", "2")
        from tui.screens.change_plans import deleting, each

        feed, workload = on.app.feed, on.app.screen.current()  # type: ignore[attr-defined]
        assert feed is not None
        on.app.push_screen(ChangeReview(Review("Forced", lambda: each(feed, (workload,), deleting(feed)))))
        await reviewed(on)
        assert "read-only" in on.text()
        await on.press("ctrl+y")
        await reviewed(on)
        on.app.push_screen(SecretForm())
        await on.pilot.pause()
        await on.press(*"test", "enter", "tab", "tab", "tab", *"nvapi-x", "f5")
        await reviewed(on)
        await on.press("ctrl+y")
        await reviewed(on)
    writes = [path for method, path in lab.sent if "selfsubject" not in path]
    assert writes == []
