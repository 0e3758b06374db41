"""The writer against the embedded API server: what is sent, what is kept, what is told."""

import asyncio
from typing import Any

import pytest

from tests.sources_writing.conftest import NIMS, SPACE, Bench, create, nim
from tui.demo.kube.faults import Fault
from tui.model.ids import ObjectKey
from tui.model.manifest import Change
from tui.sources.writing import (
    Audit,
    Changed,
    Exists,
    Invalid,
    Missing,
    NoAnswer,
    NotAllowed,
    NotAudited,
    ReadOnly,
    WriteError,
    Writer,
)

KEY = ObjectKey(SPACE, "llama")


def delete(**more: Any) -> Change:
    return Change("delete", NIMS, KEY, f"delete InferenceWorkload {KEY}", **more)


def patch(body: Any, **more: Any) -> Change:
    return Change("patch", NIMS, KEY, f"patch InferenceWorkload {KEY}", body, **more)


async def failure(writer: Writer, change: Change, dry_run: bool = False) -> WriteError:
    with pytest.raises(WriteError) as caught:
        await asyncio.to_thread(writer.write, change, dry_run)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_an_object_is_made_changed_and_deleted(bench: Bench) -> None:
    writer = bench.writer()
    made: Any = await asyncio.to_thread(writer.write, create(nim(minScale={"value": 1})))
    metadata = made["metadata"]
    assert metadata["uid"] and "managedFields" not in metadata
    assert bench.kept(NIMS, "llama")["metadata"]["managedFields"][0]["manager"] == "nimdeck"
    scaled: Any = await asyncio.to_thread(
        writer.write, patch({"spec": {"minScale": {"value": 2}}}, resource_version=metadata["resourceVersion"])
    )
    assert scaled["spec"] == {"image": {"value": "nvcr.io/nim/x"}, "minScale": {"value": 2}}
    gone = delete(uid=metadata["uid"])
    await asyncio.to_thread(writer.write, gone)
    assert await asyncio.to_thread(writer.wait_gone, gone, 5.0)
    assert [(entry.verb, entry.result, entry.context) for entry in reversed(bench.audit())] == [
        ("create", "ok", "lab"), ("patch", "ok", "lab"), ("delete", "ok", "lab"),
    ]  # fmt: skip


async def test_a_dry_run_changes_nothing_whatever_the_verb(bench: Bench) -> None:
    writer = bench.writer()
    await asyncio.to_thread(writer.write, create(nim()), True)
    assert bench.kept(NIMS, "llama") is None
    await asyncio.to_thread(writer.write, create(nim()))
    before = bench.kept(NIMS, "llama")
    await asyncio.to_thread(writer.write, patch({"spec": {"minScale": {"value": 2}}}), True)
    await asyncio.to_thread(writer.write, delete(), True)
    assert bench.kept(NIMS, "llama") == before
    assert [entry.dry_run for entry in reversed(bench.audit())] == [True, False, True, True]


async def test_what_is_there_and_what_was_changed_are_told_apart(bench: Bench) -> None:
    writer = bench.writer()
    made: Any = await asyncio.to_thread(writer.write, create(nim()))
    assert isinstance(await failure(writer, create(nim())), Exists)
    old = made["metadata"]["resourceVersion"]
    await asyncio.to_thread(writer.write, patch({"spec": {"minScale": {"value": 3}}}))
    for stale in (
        patch({"spec": {"minScale": {"value": 4}}}, resource_version=old),
        patch({"spec": {"minScale": {"value": 4}}}, uid="another"),
        delete(uid="another"),
        delete(resource_version=old),
    ):
        assert isinstance(await failure(writer, stale), Changed)
    assert bench.kept(NIMS, "llama")["spec"]["minScale"]["value"] == 3
    assert {entry.result for entry in bench.audit()} == {"ok", "refused"}


async def test_every_wrong_field_is_named_with_its_path(bench: Bench) -> None:
    writer = bench.writer()
    error = await failure(writer, create(nim(gpu={"value": 1}, minScale={"value": "x"})), True)
    assert isinstance(error, Invalid)
    assert {field for field, _ in error.faults} == {"spec.gpu.value", "spec.minScale.value"}
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c", "namespace": SPACE},
        "spec": {"storageClasName": "x"},
    }
    error = await failure(writer, create(claim, "persistentvolumeclaims"), True)
    assert isinstance(error, Invalid)
    assert error.faults == (("spec.storageClasName", "unknown field"),)
    assert "spec.storageClasName" in str(error)


async def test_a_missing_right_is_named_as_a_role_would(bench: Bench) -> None:
    error = await failure(bench.writer("reader"), create(nim()))
    assert isinstance(error, NotAllowed)
    assert error.right == f"create {NIMS} in namespace {SPACE}"
    assert bench.audit()[0].result == "refused"


async def test_a_namespace_a_kind_or_an_object_that_is_not_there(bench: Bench) -> None:
    writer = bench.writer()
    nowhere = await failure(writer, create(nim(namespace="runai-new")))
    assert isinstance(nowhere, Missing)
    assert "no namespace runai-new" in str(nowhere)
    body = {**nim(), "apiVersion": "run.ai/v9"}
    assert "does not serve inferenceworkloads.run.ai" in str(await failure(writer, create(body)))
    other = Change("delete", "things.example.com", KEY, "delete thing")
    assert isinstance(await failure(writer, other), Missing)
    assert isinstance(await failure(writer, delete()), Missing)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_read_only_nothing_leaves(bench: Bench, dry_run: bool) -> None:
    writer = bench.writer(read_only=True)
    bench.server.faults.set(Fault.UNAVAILABLE)  # whatever arrived would be told as NoAnswer
    requests = [
        create(nim()),
        patch({}),
        delete(),
        Change("request", "POST /api/v1/node-pools", ObjectKey("", "p"), "make pool", {}),
    ]
    for change in requests:
        assert isinstance(await failure(writer, change, dry_run), ReadOnly)
    assert [(entry.result, entry.dry_run) for entry in bench.audit()] == [("refused", dry_run)] * len(requests)


async def test_without_an_answer_the_outcome_is_looked_for(bench: Bench) -> None:
    writer = bench.writer()
    await asyncio.to_thread(writer.who)
    bench.server.faults.set(Fault.UNAVAILABLE, "fieldManager=")
    error = await failure(writer, create(nim()))
    assert isinstance(error, NoAnswer)
    assert error.is_done is False
    assert "nothing was created" in str(error)
    bench.server.faults.set(Fault.NONE)
    made: Any = await asyncio.to_thread(writer.write, create(nim()))
    bench.server.faults.set(Fault.HALF_LINE, "fieldManager=")
    error = await failure(writer, create(nim()))
    assert isinstance(error, NoAnswer)
    assert error.is_done is True
    version = made["metadata"]["resourceVersion"]
    error = await failure(writer, patch({"spec": {}}, resource_version=version))
    assert isinstance(error, NoAnswer)
    assert error.is_done is None  # without an answer it may still come
    assert "nothing was changed so far" in str(error)
    bench.server.faults.set(Fault.HALF_LINE)
    error = await failure(writer, delete())
    assert isinstance(error, NoAnswer)
    assert error.is_done is None
    assert "nobody knows" in str(error)
    assert [entry.result for entry in bench.audit()] == ["unknown", "unknown", "unknown", "ok", "failed"]


async def test_a_discovery_that_fails_sends_no_change(bench: Bench) -> None:
    writer = bench.writer()
    bench.server.faults.set(Fault.UNAVAILABLE, "/apis")
    error = await failure(writer, delete())
    assert isinstance(error, NoAnswer)
    assert error.is_done is False
    assert "never sent" in str(error)


async def test_a_dry_run_without_an_answer_changed_nothing(bench: Bench) -> None:
    writer = bench.writer()
    bench.server.faults.set(Fault.HTML)
    error = await failure(writer, create(nim()), True)
    assert isinstance(error, NoAnswer)
    assert error.is_done is False


async def test_a_request_that_never_left_changed_nothing(bench: Bench) -> None:
    writer = bench.writer()
    await bench.server.stop()
    error = await failure(writer, create(nim()))
    assert isinstance(error, NoAnswer)
    assert error.is_done is False
    assert "never sent" in str(error)


async def test_no_line_in_the_audit_no_change(bench: Bench) -> None:
    blocked = bench.folder / "file"
    blocked.write_text("")
    writer = Writer(bench.client(), None, Audit(blocked / "audit.jsonl"), False, "lab")
    assert isinstance(await failure(writer, create(nim())), NotAudited)
    assert bench.kept(NIMS, "llama") is None


async def test_waiting_ends_with_the_object_or_the_time(bench: Bench) -> None:
    class Clock:
        seconds = 0.0

        def now(self) -> float:
            return self.seconds

        def monotonic(self) -> float:
            return self.seconds

    clock, pauses = Clock(), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        clock.seconds += seconds

    writer = bench.writer(clock=clock, pause=pause)
    await asyncio.to_thread(writer.write, create(nim()))
    assert not await asyncio.to_thread(writer.wait_gone, delete(), 2.5)
    assert pauses == [1.0, 1.0, 0.5]
    assert await asyncio.to_thread(writer.wait_gone, delete(uid="another"), 2.5)
    bench.server.faults.set(Fault.UNAVAILABLE)
    with pytest.raises(NoAnswer):
        await asyncio.to_thread(writer.wait_gone, delete(), 2.5)


async def test_a_cluster_that_is_not_there_is_no_crash(bench: Bench) -> None:
    writer = Writer(None, None, Audit(bench.audit_file), False, "none")
    assert "not connected" in str(await failure(writer, create(nim())))
    pool = Change("request", "PATCH /api/v1/node-pools/1", ObjectKey("", "p"), "patch pool", {})
    assert "no Run:ai control plane" in str(await failure(writer, pool))
