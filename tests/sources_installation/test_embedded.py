"""One reading of the embedded cluster, its Prometheus and its Run:ai API: two programs that share no code."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, Settings
from tui.demo.lab import LabInfo, LabOptions, lab
from tui.model.installation import hidden
from tui.session import Session

START_SECONDS = 30


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabInfo]:
    """A small lab on a loop in a thread."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    box: dict[str, Any] = {}

    async def serve() -> None:
        box["stop"] = asyncio.Event()
        async with lab(LabOptions(nodes=3), tmp_path_factory.mktemp("lab")) as (found, world):
            box["info"] = found
            ready.set()
            await world.run(box["stop"])

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(START_SECONDS)
    yield box["info"]
    loop.call_soon_threadsafe(box["stop"].set)
    thread.join(START_SECONDS)
    loop.close()


Open = Callable[..., Session]


@pytest.fixture
def opened(info: LabInfo) -> Iterator[Open]:
    sessions: list[Session] = []

    def start(kubeconfig: Path | None = None, with_runai: bool = True) -> Session:
        runai = RunaiSettings(info.runai_url, info.runai_client_id, client_secret_file=info.runai_client_secret_file)
        made = Session(
            Settings(
                kubernetes=KubernetesSettings(kubeconfig=kubeconfig or info.kubeconfig),
                prometheus=PrometheusSettings(url=info.prometheus),
                runai=runai if with_runai else RunaiSettings(),
            )
        )
        sessions.append(made)
        made.start()
        made.wait_first(START_SECONDS)
        return made

    yield start
    for session in sessions:
        session.stop()


def test_the_whole(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    session = opened()
    caplog.set_level(logging.DEBUG)
    begun = time.monotonic()
    facts = session.installation()
    assert facts is not None
    assert time.monotonic() - begun < 8
    assert facts.kubernetes_version == session.store.snapshot.cluster.kubernetes_version
    assert facts.api is not None and "inferenceworkloads" in facts.api["run.ai"]
    assert facts.project_namespaces and facts.namespaces and facts.project_namespaces.keys() <= facts.namespaces
    assert facts.claims.keys() == facts.project_namespaces.keys()
    held = {(one.name, one.keys) for one in facts.secrets["runai-test"]}
    assert {("ngc-api-key", ("NGC_API_KEY",)), ("ngc-registry", (".dockerconfigjson",))} <= held
    deadlines = [data["progress-deadline"] for key, data in facts.config_maps.items()
                 if key.name == "config-deployment" and data]  # fmt: skip
    assert deadlines == ["1800s"]
    assert facts.storage_classes and facts.monitoring_services and facts.targets
    assert all(one.up for one in facts.targets)
    assert {one.family for one in facts.metrics or () if one.present} == {"dcgm", "runai", "kube-state-metrics"}
    assert all(one.age_seconds is not None and one.age_seconds < 60 for one in facts.metrics or () if one.present)
    plane = facts.control_plane
    assert plane is not None and plane.reachable and plane.clusters and plane.clusters[0].state == "Connected"
    assert plane.node_pools and facts.runai_version
    assert (facts.skew_seconds or {}).keys() == {"Kubernetes", "Prometheus", "Run:ai"}
    assert all(abs(skew) < 3 for skew in (facts.skew_seconds or {}).values())
    assert [one.state for one in (*(facts.cluster_policies or ()), *(facts.nic_policies or ()))] == ["ready", "ready"]
    assert {one.name for one in facts.deployments["knative-serving"]} >= {"controller", "webhook", "autoscaler-hpa"}
    assert facts.prometheuses and facts.ingress_classes
    ingress = next(one for one in facts.load_balancers or () if one.key.name == "ingress-nginx-controller")
    url = facts.cluster_url
    assert url is not None and url.addresses == ingress.addresses
    assert url.certificate is not None and url.host in url.certificate.names
    assert url.certificate.not_after is not None and url.certificate.not_after > facts.at
    assert not facts.unknown, "all of it is known to who may all"
    assert facts.access and all(one.allowed for one in facts.access)
    assert "nvapi" not in repr(facts) and "nvapi" not in caplog.text


def test_one_project(opened: Open) -> None:
    facts = opened(with_runai=False).installation("team-a")
    assert facts is not None
    assert set(facts.claims) == {"runai-team-a"} and set(facts.secrets) == {"runai-team-a", "runai"}
    assert {one.namespace for one in facts.access or ()} == {"", "runai-team-a", "knative-serving"}
    assert facts.control_plane is None and "runai.url" in facts.why("control_plane")


def test_who_may_nothing_is_told_so(opened: Open, info: LabInfo) -> None:
    session = opened(info.kubeconfig.with_name("kubeconfig-nobody"), with_runai=False)
    facts = session.installation("team-a")
    assert facts is not None
    assert facts.kubernetes_version, "discovery is open to all"
    assert facts.why("secrets", "runai-team-a") == hidden("list", "secrets", "runai-team-a")
    assert facts.why("config_maps", "knative-serving") == hidden("get", "configmaps", "knative-serving")
    assert facts.namespaces is None and not facts.claims and facts.storage_classes is None
    assert facts.access and not any(one.allowed for one in facts.access)
    assert facts.targets, "Prometheus is another server"
