"""Which version of Run:ai is told: that of the cluster that is read, or none."""

from typing import Any

import pytest

from config.secret import Secret
from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, Settings
from tests.sources_runai.server import CLUSTER, SECRET, ControlPlane, failure, serving
from tui.session import Session

OTHER = "00000000-0000-4000-8000-000000000000"
LAB = {"uuid": CLUSTER, "name": "lab", "version": "2.22.1"}
FAR = {"uuid": OTHER, "name": "far", "version": "2.20.3"}


@pytest.mark.parametrize(
    ("clusters", "chosen", "version"),
    [
        ([LAB], None, "2.22.1"),
        ([LAB, FAR], "far", "2.20.3"),
        ([LAB, FAR], OTHER, "2.20.3"),
        ([LAB, FAR], None, None),
        ([LAB, FAR | {"version": "2.22.1"}], None, "2.22.1"),
        ([{"uuid": CLUSTER, "name": "lab"}], None, None),
        (None, None, None),
    ],
)
def test_the_version_of_the_cluster_that_is_read(
    clusters: list[dict[str, Any]] | None, chosen: str | None, version: str | None
) -> None:
    plane = ControlPlane(clusters=clusters or [])
    if clusters is None:
        plane.replies["/api/v1/clusters"] = failure(403, "You do not have sufficient permissions.")
    with serving(plane) as server:
        runai = RunaiSettings(url=server.url, client_id="me", client_secret=Secret(SECRET), cluster=chosen)
        session = Session(
            Settings(
                kubernetes=KubernetesSettings(enabled=False), prometheus=PrometheusSettings(enabled=False), runai=runai
            )
        )
        session.start()
        try:
            found = session.wait_first(10)
            assert found.sources["runai"].state == "live"
            if version is not None:
                session.store.wait(lambda snapshot: snapshot.cluster.runai_version is not None, 10)
        finally:
            session.stop()
        assert session.store.snapshot.cluster.runai_version == version
