"""What RBAC denies is named with the right that is missing, and is never read as *there is none*."""

from tests.e2e.conftest import Make, Read
from tui.demo.kube.access import READ, Rule, User, new_user

NAMESPACES = ("runai-test", "runai-team-a", "runai-research")
USERS: dict[str, User] = {
    "admin": new_user("admin", [Rule(("*",))]),
    "pods-only": new_user("pods-only", [Rule(READ, ("",), ("pods",))]),
    "one-namespace": new_user("one-namespace", [Rule(READ, namespaces=("runai-test",))]),
    "no-reservations": new_user(
        "no-reservations",
        [
            Rule(READ, ("",), ("nodes", "namespaces", "services")),
            Rule(READ, ("run.ai", "scheduling.run.ai"), ("projects", "nodepools", "queues")),
            Rule(READ, namespaces=NAMESPACES),
        ],
    ),
    "nobody": new_user("nobody"),
}
NO_PROMETHEUS = "NIMDECK_PROMETHEUS_ENABLED"


def test_only_pods(read: Read, make_cluster: Make, monkeypatch) -> None:
    monkeypatch.setenv(NO_PROMETHEUS, "false")
    cluster = make_cluster(users=USERS)
    answer = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig("pods-only"))
    assert answer.code == 0
    assert answer.state("kubernetes/pods") == "live"
    assert answer.state("kubernetes/nodes") == "denied"
    assert "list" in answer.detail("kubernetes/nodes") and "nodes" in answer.detail("kubernetes/nodes")
    assert "denied" in answer.err
    assert answer.items, "nodes are known by the pods on them"
    assert all(node["ready"] is None and node["gpu_allocatable"] is None for node in answer.items)
    whole = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig())
    given = {node["name"]: node["gpu_allocated"] for node in whole.items}
    for node in answer.items:
        assert node["gpu_allocated"] in (None, given[node["name"]]), "a part must not pass for the whole"
    workloads = read("workloads", "-o", "json", "--kubeconfig", cluster.kubeconfig("pods-only"))
    assert workloads.code == 0
    assert workloads.state("kubernetes/inferenceworkloads.run.ai") == "denied"
    assert workloads.items


def test_one_namespace(read: Read, make_cluster: Make) -> None:
    cluster = make_cluster(users=USERS)
    flags = ("--kubeconfig", cluster.kubeconfig("one-namespace", "runai-test"), "--prometheus",
             cluster.prometheus().url)  # fmt: skip
    answer = read("workloads", "-o", "json", *flags)
    assert answer.code == 0
    assert {item["namespace"] for item in answer.items} == {"runai-test"}
    assert "runai-test" in answer.detail("kubernetes/pods")
    nodes = read("nodes", "-o", "json", *flags)
    assert nodes.state("kubernetes/nodes") == "denied"
    whole = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig())
    given = {node["name"]: node["gpu_allocated"] for node in whole.items}
    for node in nodes.items:
        known = node["gpu_allocated"]
        assert node["approximate"] or known is None or known == given[node["name"]], node


def test_nobody(read: Read, make_cluster: Make, monkeypatch) -> None:
    cluster = make_cluster(users=USERS)
    flags = ("--kubeconfig", cluster.kubeconfig("nobody"), "--timeout", "8")
    answer = read("nodes", "-o", "json", *flags, "--prometheus", cluster.prometheus().url)
    assert answer.code == 0
    assert answer.state("kubernetes") == "denied"
    assert answer.state("kubernetes/pods") == "denied"
    assert "pods" in answer.detail("kubernetes/pods")
    assert all(node["approximate"] for node in answer.items)
    workloads = read("workloads", "-o", "json", *flags, "--prometheus", cluster.prometheus().url)
    assert workloads.code == 0
    assert workloads.state("kubernetes/pods") == "denied"
    assert "denied" in workloads.err
    for item in workloads.items:
        assert item["running_pods"] != 0
    monkeypatch.setenv(NO_PROMETHEUS, "false")
    alone = read("nodes", *flags)
    assert (alone.code, alone.out) == (3, "")
    assert "list" in alone.err, "the line names the right that is missing"


def test_the_namespace_of_the_reservations_is_denied(read: Read, make_cluster: Make) -> None:
    cluster = make_cluster(users=USERS)
    prometheus = cluster.prometheus().url
    answer = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig("no-reservations"),
                  "--prometheus", prometheus)  # fmt: skip
    assert answer.code == 0
    whole = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig(), "--prometheus", prometheus)
    assert any(part["placed_by"] == "reservation" for node in whole.items for gpu in node["gpus"]
               for part in gpu["slices"])  # fmt: skip
    for seen, true in zip(answer.items, whole.items, strict=True):
        assert seen["gpu_allocated"] == true["gpu_allocated"]
        placed = sum(gpu["allocated_fraction"] or 0 for gpu in seen["gpus"])
        assert round(placed + seen["gpu_unplaced"] - seen["gpu_allocated"], 6) == 0
    parts = [part for node in answer.items for gpu in node["gpus"] for part in gpu["slices"]]
    assert all(part["placed_by"] != "reservation" for part in parts)
