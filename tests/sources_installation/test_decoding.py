"""Objects as their operators write them -> the facts."""

import pytest

from tui.model.ids import ObjectKey
from tui.model.installation import Deployed
from tui.sources.installation.config_maps import RUNAI_PUBLIC, runai_version
from tui.sources.installation.operators import deployed_of, policy_of, prometheus_of
from tui.sources.installation.runai_facts import config_of


def deployment(image: str, labels: dict[str, str] | None = None, **status: int) -> dict[str, object]:
    spec = {"replicas": 2, "template": {"spec": {"containers": [{"name": "a", "image": image}]}}}
    return {"metadata": {"name": "x", "labels": labels or {}}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (deployment("nvcr.io/nvidia/gpu-operator:v25.3.0", readyReplicas=2), Deployed("x", 2, 2, "v25.3.0")),
        (deployment("registry:5000/a/b@sha256:0123", observedGeneration=1), Deployed("x", 2, 0, None)),
        (deployment("registry:5000/a/b:1@sha256:01", {"app.kubernetes.io/version": "1.17.0"}, readyReplicas=1),
         Deployed("x", 2, 1, "1.17.0")),
        ({"metadata": {"name": "x"}}, Deployed("x", 1, None, None)),
    ],
)  # fmt: skip
def test_deployments(item: object, expected: Deployed) -> None:
    assert deployed_of(item) == expected


def test_policies() -> None:
    good = [
        {"type": "Ready", "status": "True", "message": "all fine"},
        {"type": "Error", "status": "False", "message": "x"},
    ]
    assert policy_of({"metadata": {"name": "p"}, "status": {"state": "ready", "conditions": good}}).message == ""
    states = [{"name": "state-OFED", "state": "error", "message": "no kernel headers"}, {"name": "b", "state": "ready"}]
    found = policy_of({"metadata": {"name": "n"}, "status": {"state": "notReady", "appliedStates": states}})
    assert (found.state, found.message) == ("notReady", "state-OFED: no kernel headers")
    bare = policy_of({"metadata": {"name": "new"}})
    assert (bare.state, bare.message) == (None, "")


def test_prometheus_objects() -> None:
    item = {"metadata": {"name": "k", "namespace": "monitoring"}, "spec": {}, "status": {"availableReplicas": 0}}
    found = prometheus_of(item)
    assert (found.key, found.wanted, found.available) == (ObjectKey("monitoring", "k"), 1, 0)


@pytest.mark.parametrize(
    ("data", "version"),
    [
        ({"cluster-version": "2.20.22"}, "2.20.22"),
        ({"runai-public": "cluster-version: 2.9.0\nrunaiConfigStatus:\n  conditions: []"}, "2.9.0"),
        ({"runai-public": 'runaiPublic:\n  version: "v2.21.4"\n'}, "v2.21.4"),
        ({"runai-public": '{"version": "2.22.1"}'}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_version_of_runai(data: dict[str, str] | None, version: str | None) -> None:
    assert runai_version({RUNAI_PUBLIC: data}) == version


def test_runai_configs() -> None:
    found = config_of({"spec": {"global": {"cluster": {"url": "https://era.nvidia.com", "uid": "11"}}}})
    assert (found.url, found.uid, found.version) == ("https://era.nvidia.com", "11", None)
    assert config_of({}).url is None
