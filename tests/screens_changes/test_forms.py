"""Forms of claims and secrets, projects without a control plane, the log of changes: what is told, and what is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.secret import Secret
from tests.screens.stage import SETTINGS, deck
from tests.screens_changes.made import feed, go_to, reviewed
from tui.model.surroundings import Claim, SecretInfo, StorageClass, Surroundings
from tui.present.audit import audit_row
from tui.present.probe import probe_page
from tui.screens.secret_form import SecretForm
from tui.screens.storage_form import StorageForm, storage_of
from tui.sources.writing import Audit, AuditEntry

SIZES = [(80, 24), (160, 45)]
TEAM = "runai-team"
AROUND = Surroundings(
    TEAM,
    True,
    claims=(
        Claim("models", "Bound", "fast", ("ReadWriteMany",), 2**39, "pvc-1"),
        Claim("new", "Pending", None, (), None),
    ),
    secrets=(SecretInfo("ngc-api-key", "Opaque", ("NGC_API_KEY",)),),
    storage_classes=(StorageClass("fast", "csi.example", True, False),),
)


def source() -> Any:
    made = feed()
    made.around[TEAM] = AROUND
    return made


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_claim_by_a_class_and_what_is_there_already(size: tuple[int, int]) -> None:
    async with deck(source(), size=size) as on:
        await on.press("f6")
        await on.write("team")
        await on.until(lambda: "models" in on.text())
        assert "512Gi" in on.text() and "Pending" in on.text()
        assert "no control plane is configured: set runai.url" in on.text()
        await on.press("f5")
        assert "the name is missing" in on.text() and "the NFS server is missing" in on.text()
        assert on.app.focused is not None and on.app.focused.id == "name", "the first fault has the keys"
        await on.write("cache")
        await on.press("tab", "tab", "tab", "right")
        assert "the storage class makes the volume" in on.text()
        await on.press("f5")
        await reviewed(on)
        await on.press("ctrl+y")
        await reviewed(on)
        (change,) = on.feed.writer.made
        assert change.resource == "persistentvolumeclaims" and "storageClassName" not in change.body["spec"]
        await on.press("escape")
        assert isinstance(on.app.screen, StorageForm)


def test_a_share_of_nfs_gets_a_volume_of_its_own() -> None:
    texts = {"project": "team", "name": "c", "size": "1Ti", "mode": "ReadWriteOnce", "way": "nfs",
             "server": "nas", "share": "/nim", "class": "never"}  # fmt: skip
    new = storage_of(texts).new
    assert new is not None and new.volume is not None
    assert (new.volume.name, new.volume.server, new.storage_class, new.size_bytes) == ("team-c", "nas", None, 2**40)


@pytest.mark.parametrize(
    ("typed", "told"), [("", "the NGC key is missing"), ("two words", "one line without spaces is meant")]
)
async def test_what_is_no_key_is_told_without_repeating_it(typed: str, told: str) -> None:
    async with deck(source()) as on:
        await on.press("f7")
        await on.write("team")
        await on.press("enter", "tab", "tab", "tab")
        await on.write(typed)
        await on.press("f5")
        assert isinstance(on.app.screen, SecretForm)
        assert told in on.text() and (not typed or typed not in on.text())


async def test_a_secret_that_is_there_stays_unless_it_is_to_be_replaced() -> None:
    made = source()
    from tui.model.ids import ObjectKey

    key = ObjectKey(TEAM, "ngc-api-key")
    made.objects["secrets", key] = {
        "kind": "Secret", "metadata": {"name": key.name, "namespace": TEAM, "resourceVersion": "3"},
        "type": "Opaque", "data": {"NGC_API_KEY": "***"},
    }  # fmt: skip
    async with deck(made) as on:
        await on.press("f7")
        await on.write("team")
        await on.press("enter", "tab", "tab", "tab")
        await on.write("nvapi-1")
        await on.press("f5")
        await reviewed(on)
        assert "choose Replace" in on.text()
        await on.press("escape", "tab", "right", "shift+tab")
        await on.write("nvapi-2")
        await on.press("f5")
        await reviewed(on)
        assert "nimdeck did not make this object" in on.text()
        assert "nvapi" not in on.text()
        await on.press("ctrl+y")
        await reviewed(on)
        (change,) = made.writer.made
        assert change.verb == "patch" and change.body["stringData"]["NGC_API_KEY"] == Secret("nvapi-2")


async def test_a_pull_secret_has_no_key_to_choose() -> None:
    async with deck(source()) as on:
        await on.press("f7")
        await on.write("team")
        await on.press("enter", "right")
        assert "a pull Secret has a key of its own" in on.text()
        await on.press("tab", "tab")
        await on.write("nvapi-3")
        await on.press("f5")
        await reviewed(on)
        assert "create Secret runai-team/ngc-registry" in on.text()
        assert "kubernetes.io/dockerconfigjson" in on.text() and "nvapi" not in on.text()


async def test_a_review_belongs_to_the_cluster_that_it_was_made_for() -> None:
    async with deck(source()) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        before, after = on.feed, source()
        on.app.feed = after
        await on.press("ctrl+y")
        assert "another cluster is watched now" in on.said
        assert not before.writer.made and not after.writer.made
        on.app.feed = before


async def test_a_recording_can_not_be_changed() -> None:
    made = source()
    made.writer = None
    async with deck(made) as on:
        await go_to(on, "llama-half")
        await on.press("Z")
        await reviewed(on)
        assert "a recording can't be changed" in on.text()


async def test_what_was_changed_is_a_part_of_events(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    settings = replace(SETTINGS, audit_file=path)
    async with deck(feed(settings)) as on:
        await on.press("9", "tab")
        await on.until(lambda: "nothing was changed yet" in on.text())
        Audit(path).note("grace", "lab", "delete", "services runai-team/x", False, "refused", "you may not")
        await on.press("r")
        await on.until(lambda: "runai-team/x services" in on.text())
        assert "grace" in on.text() and "refused" in on.text()
        await on.press("y", "v")
        assert "Changes" in on.text(), "what belongs to an event does nothing here"
        await on.press("enter")
        await on.until(lambda: "you may not" in on.text() and "Context:" in on.text())


def test_a_line_of_the_log_tells_a_dry_run_from_a_change() -> None:
    entry = AuditEntry("2026-11-24T10:43:41+00:00", "grace", "h", "lab", "request", "PATCH /api/v1/x", True, "ok")
    cells = [cell.text for cell in audit_row(0, entry).cells]
    assert "PATCH /api/v1/x" in cells and "ok (dry run)" in cells


async def test_an_exposure_names_knatives_own_way_with_its_host() -> None:
    made = source()
    async with deck(made, size=(160, 45)) as on:
        await go_to(on, "llama-half")
        await on.press("x")
        await reviewed(on)
        text = " ".join(on.text().split()).replace("- ", "-")
        assert "by-passes Knative" in text
        assert "at the gateway with the header Host: llama-half.runai-team.svc.cluster.local" in text
        assert "serving.knative.dev/service: llama-half" in text


def test_a_probe_that_reaches_nothing_says_so() -> None:
    from tui.model.probe import ProbeReport, ProbeStep

    page = probe_page("x", ProbeReport("http://h", (ProbeStep("ready", "/", "failed", detail="no answer"),), False))
    assert "State:    no answer" in page and "✗ ready" in page and "TTFT" not in page
