"""A Kubernetes API that fails, through the command line and a session: told in one line, nothing turned to 0."""

from pathlib import Path

import pytest

from tests.e2e.cluster import NODES, Cluster
from tests.e2e.conftest import Make, Read, Watch
from tests.e2e.process import Answer
from tui.demo.kube.faults import Fault

NOWHERE = "http://127.0.0.1:1"


def assert_from_prometheus_alone(answer: Answer) -> None:
    """Every node is there, its allocation approximate, what only Kubernetes knows unknown."""
    assert answer.code == 0
    assert len(answer.items) == NODES
    for node in answer.items:
        assert node["approximate"] is True
        assert node["gpu_allocated"] is not None
        assert node["schedulable"] is None or node["ready"] is not None  # kube-state-metrics may tell
    assert any(node["gpu_allocated"] > 0 for node in answer.items)


def test_no_kubeconfig(read: Read, cluster: Cluster) -> None:
    alone = read("nodes", "-o", "json")
    assert (alone.code, alone.out) == (3, "")
    assert "kubeconfig" in alone.err and "--prometheus" in alone.err
    answer = read("nodes", "-o", "json", "--prometheus", cluster.prometheus().url)
    assert_from_prometheus_alone(answer)
    assert answer.state("kubernetes") == "absent"


def test_a_kubeconfig_that_is_not_there_or_not_one(read: Read, home: Path) -> None:
    missing = read("nodes", "--kubeconfig", str(home / "none"))
    assert missing.code == 2
    assert "--kubeconfig" in missing.err and str(home / "none") in missing.err
    broken = home / "broken"
    broken.write_text("clusters: [\n")
    answer = read("nodes", "--kubeconfig", str(broken), "--timeout", "3")
    assert answer.code == 3
    assert str(broken) in answer.err


def test_an_absent_context(read: Read, cluster: Cluster) -> None:
    answer = read("nodes", "--kubeconfig", cluster.kubeconfig(), "--kube-context", "moon", "--timeout", "3")
    assert answer.code == 3
    assert "'moon'" in answer.err or '"moon"' in answer.err
    assert "admin@nimdeck-embedded" in answer.err  # the mend: the contexts there are


def test_the_api_refuses(read: Read, cluster: Cluster) -> None:
    path = Path(cluster.kubeconfig())
    path.write_text(path.read_text().replace(cluster.kube.url, "https://127.0.0.1:1"))
    answer = read(
        "nodes", "-o", "json", "--kubeconfig", str(path), "--prometheus", cluster.prometheus().url, "--timeout", "5"
    )
    assert_from_prometheus_alone(answer)
    assert answer.state("kubernetes") == "failed"
    assert "127.0.0.1:1" in answer.err
    alone = read("workloads", "--kubeconfig", str(path), "--timeout", "5")
    assert (alone.code, alone.out) == (3, "")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.HANG, "no answer"),
        (Fault.HTML, "web page"),
        (Fault.HALF_LINE, ""),
        (Fault.UNAVAILABLE, "503"),
        (Fault.UNAUTHORIZED, "401"),
    ],
)
def test_an_api_that_answers_nonsense(read: Read, cluster: Cluster, fault: Fault, said: str) -> None:
    cluster.fault(fault)
    flags = ("--kubeconfig", cluster.kubeconfig(), "--prometheus", cluster.prometheus().url, "--timeout", "2.5")
    answer = read("nodes", "-o", "json", *flags)
    assert_from_prometheus_alone(answer)
    assert answer.state("kubernetes") == ("denied" if fault is Fault.UNAUTHORIZED else "failed")
    assert said.lower() in answer.detail("kubernetes").lower()
    assert answer.err.startswith("nimdeck: not everything could be read: kubernetes ")


def test_401_in_the_middle_of_a_watch_keeps_what_was_known(watch: Watch, cluster: Cluster) -> None:
    session = watch(cluster.kubeconfig(), cluster.prometheus().url)
    before = session.store.snapshot
    assert before.sources["kubernetes"].state == "live"
    cluster.fault(Fault.UNAUTHORIZED)
    assert session.store.wait(lambda now: now.sources["kubernetes"].state in ("denied", "stale"), 20)
    after = session.store.snapshot
    assert after.sources["kubernetes"].last_good_at is not None
    assert after.nodes.keys() == before.nodes.keys()
    assert after.workloads.keys() == before.workloads.keys()
    assert [node.gpu_allocated for node in after.nodes.values()] == [
        node.gpu_allocated for node in before.nodes.values()
    ]
    cluster.fault(Fault.NONE)
    session.refresh()
    assert session.store.wait(lambda now: now.sources["kubernetes/pods"].state == "live", 20)


def test_half_a_line_in_the_middle_of_a_watch_is_survived(watch: Watch, cluster: Cluster) -> None:
    session = watch(cluster.kubeconfig())
    cluster._loop.call(lambda: cluster.kube.watchers.cut(half_line=True))
    body = {
        "metadata": {"name": "after", "namespace": "runai-test"},
        "spec": {"containers": [{"name": "main", "image": "x"}]},
    }
    cluster.create("pods", body)
    assert session.store.wait(lambda now: any(key.name == "after" for key in now.pods), 20)
    assert session.store.snapshot.sources["kubernetes/pods"].state == "live"


def test_without_the_crds_workloads_come_from_deployments_and_pods(read: Read, make_cluster: Make) -> None:
    groups = ("run.ai", "scheduling.run.ai", "serving.knative.dev", "apps.nvidia.com")
    cluster = make_cluster(without_groups=groups)
    answer = read("workloads", "-o", "json", "--kubeconfig", cluster.kubeconfig(),
                  "--prometheus", cluster.prometheus().url)  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    assert answer.state("kubernetes/inferenceworkloads.run.ai") == "absent"
    assert "Deployment" in {item["kind"] for item in answer.items}
    whole = read("workloads", "-o", "json", "--kubeconfig", make_cluster().kubeconfig())
    assert sum(item["gpu_allocated"] for item in answer.items) == pytest.approx(
        sum(item["gpu_allocated"] for item in whole.items)
    )
