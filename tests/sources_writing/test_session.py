"""What a session and a recording offer to those who change things."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, Settings
from tests.sources_writing.conftest import NIMS, SPACE, Bench, create, nim
from tui.model.ids import ObjectKey
from tui.session import Session
from tui.sources.kubernetes import KubeError
from tui.sources.writing import NoAnswer, ReadOnly, Rejected

KEY = ObjectKey(SPACE, "llama")


def settings(bench: Bench, **more: Any) -> Settings:
    path = bench.folder / "kubeconfig"
    bench.server.write_kubeconfig(path, "admin")
    return Settings(
        kubernetes=KubernetesSettings(kubeconfig=path),
        prometheus=PrometheusSettings(enabled=False),
        audit_file=bench.audit_file,
        **more,
    )


async def test_a_session_writes_reads_and_looks_around(bench: Bench) -> None:
    session = Session(settings(bench))
    early = session.writer
    with pytest.raises(NoAnswer, match="not connected"):
        await asyncio.to_thread(early.write, create(nim()))
    assert session.surroundings(SPACE) is None
    session.start()
    try:
        assert session.kubernetes is not None
        assert await asyncio.to_thread(session.kubernetes.wait_connected, 5.0)
        await asyncio.to_thread(session.writer.write, create(nim()))
        assert session.writer is session.writer
        found: Any = await asyncio.to_thread(session.object, NIMS, KEY)
        assert found["spec"]["image"] == {"value": "nvcr.io/nim/x"}
        assert await asyncio.to_thread(session.object, NIMS, ObjectKey(SPACE, "other")) is None
        around = await asyncio.to_thread(session.surroundings, SPACE)
        assert around is not None
        assert around.namespace_exists is True
        with pytest.raises(KubeError):
            await asyncio.to_thread(session.forward, KEY, 8000)
        newest = bench.audit()[0]
        assert (newest.result, newest.context) == ("ok", session.kubernetes.client.context)
    finally:
        await asyncio.to_thread(session.stop)


async def test_read_only_comes_from_the_settings(bench: Bench) -> None:
    session = Session(settings(bench, read_only=True, runai=RunaiSettings(url="http://127.0.0.1:1", client_id="x")))
    pool = create({"kind": "x", "metadata": {"name": "p"}}, "POST /api/v1/node-pools")
    with pytest.raises(ReadOnly):
        session.writer.write(pool)
    assert session.control_plane is not None
    session.control_plane.close()


def test_without_kubernetes_there_is_still_a_gate(tmp_path: Path) -> None:
    nothing = Settings(
        kubernetes=KubernetesSettings(enabled=False),
        prometheus=PrometheusSettings(enabled=False),
        audit_file=tmp_path / "audit.jsonl",
    )
    session = Session(nothing)
    with pytest.raises(KubeError, match="switched off"):
        session.object(NIMS, KEY)
    with pytest.raises(NoAnswer):
        session.writer.write(create(nim()))
    from tui.model.manifest import Change

    with pytest.raises(Rejected, match=r"runai\.url"):
        session.writer.write(Change("request", "PATCH /api/v1/node-pools/1", ObjectKey("", "p"), "patch pool", {}))
