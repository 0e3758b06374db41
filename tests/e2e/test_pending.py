"""``pending`` and ``bundle`` on the embedded cluster where everything waits for something: one lab for all of it."""

import base64
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Make, Read
from tests.e2e.process import Json, lab_process
from tests.e2e.raw import Raw
from tui.demo.kube.access import READ, Rule, User, new_user

USERS: dict[str, User] = {
    "admin": new_user("admin", [Rule(("*",))]),
    "no-pods": new_user("no-pods", [Rule(READ, ("",), ("nodes",))]),
    "no-claims": new_user("no-claims", [Rule(READ, ("",), ("pods", "nodes", "events")), Rule(READ, ("run.ai",))]),
}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the lab with the scenario ``pending`` printed."""
    with lab_process(tmp_path_factory.mktemp("troubled"), "--scenario", "pending") as printed:
        yield printed


def flags(troubled: dict[str, Any]) -> tuple[str, ...]:
    return "--kubeconfig", troubled["kubeconfig"], "--prometheus", troubled["prometheus"]


def by_name(items: list[Json]) -> dict[str, Json]:
    """Items by pod and by workload, the first of each."""
    found: dict[str, Json] = {}
    for item in items:
        for name in (item["pod"], item["workload"]):
            found.setdefault(f"{item['namespace']}/{name}", item)
    return found


def test_every_planted_trouble_is_named_with_its_first_cause(read: Read, troubled: dict[str, Any]) -> None:
    answer = read("pending", "-o", "json", *flags(troubled))
    assert answer.code == 0
    found = by_name(answer.items)
    told = {name: found[name]["causes"][0]["code"] if name in found else None for name in troubled["planted"]}
    assert told == troubled["planted"]
    assert len(set(told.values())) >= 20
    assert all(cause["evidence"] and cause["remedy"] for item in answer.items for cause in item["causes"])


def test_workloads_carry_the_causes_too(read: Read, troubled: dict[str, Any]) -> None:
    waiting = by_name(read("pending", "-o", "json", *flags(troubled)).items)
    items = read("workloads", "-o", "json", *flags(troubled)).items
    told = {f"{item['namespace']}/{item['name']}": item["causes"] for item in items}
    for name, item in waiting.items():
        if item["workload"] is not None and name.endswith(f"/{item['workload']}"):
            assert item["causes"][0]["code"] in {cause["code"] for cause in told[name]}, name
    assert [causes for name, causes in told.items() if name not in waiting and causes] == []


def test_one_project_and_the_text_for_eyes(read: Read, troubled: dict[str, Any], monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    only = read("pending", "-o", "json", "--project", "capped", *flags(troubled)).items
    assert {item["namespace"] for item in only} == {"runai-capped"}
    out = read("pending", *flags(troubled)).out
    for code in set(troubled["planted"].values()):
        assert f"[{code}]" in out
    assert max(len(line) for line in out.splitlines() if "$ " not in line and "[" not in line) <= 80


def test_a_bundle_of_it_holds_no_key_of_the_cluster(read: Read, troubled: dict[str, Any], home: Path) -> None:
    path = home / "support.tar.gz"
    answer = read("bundle", str(path), *flags(troubled), lines=9)
    assert answer.code == 0
    with tarfile.open(path) as archive:
        files = {one.name: archive.extractfile(one).read().decode() for one in archive}  # type: ignore[union-attr]
    whole = "\n".join(files.values())
    with Raw(Path(troubled["kubeconfig"]), troubled["prometheus"]) as raw:
        secrets = [raw.token]
        for secret in raw.get("/api/v1/secrets")["items"]:
            secrets += [
                base64.b64decode(value).decode(errors="replace") for value in (secret.get("data") or {}).values()
            ]
    long = [one for one in secrets if len(one) > 10]
    assert long
    assert not [one for one in long if one in whole or base64.b64encode(one.encode()).decode() in whole]
    names = [name.removeprefix("nimdeck-bundle/") for name in files]
    for folder in ("objects/pods/", "objects/inferenceworkloads.run.ai/", "objects/podgroups.scheduling.run.ai/",
                   "objects/revisions.serving.knative.dev/", "objects/persistentvolumeclaims/", "logs/"):  # fmt: skip
        assert any(name.startswith(folder) for name in names), folder
    preflight = json.loads(files["nimdeck-bundle/documents/preflight.json"])
    assert len(preflight["items"]) >= 25


@pytest.mark.parametrize("user", ["no-pods", "no-claims"])
def test_what_is_denied_is_not_told_as_none(read: Read, make_cluster: Make, monkeypatch, user: str) -> None:
    monkeypatch.setenv("NIMDECK_PROMETHEUS_ENABLED", "false")
    cluster = make_cluster(users=USERS)
    cluster.create("pods", a_pod("needs-a-claim"))
    kubeconfig = cluster.kubeconfig(user)
    answer = read("pending", "-o", "json", "--kubeconfig", kubeconfig)
    assert answer.code == 0
    if user == "no-pods":
        assert answer.state("kubernetes/pods") == "denied"
        assert "nothing is known to wait: kubernetes/pods is denied" in read("pending", "--kubeconfig", kubeconfig).out
        return
    (item,) = [item for item in answer.items if item["pod"] == "needs-a-claim"]
    codes = {cause["code"] for cause in item["causes"]}
    assert "pvc_missing" not in codes, "what may not be read is not called missing"


def test_a_bundle_hides_what_a_pod_holds_in_clear(read: Read, make_cluster: Make, home: Path, monkeypatch) -> None:
    monkeypatch.setenv("NIMDECK_PROMETHEUS_ENABLED", "false")
    cluster = make_cluster(users=USERS)
    cluster.create("pods", a_pod("in-clear", env="hunter2-of-the-pod", annotation="hunter3-of-apply"))
    path = home / "b.tar.gz"
    assert read("bundle", str(path), "--kubeconfig", cluster.kubeconfig(), lines=9).code == 0
    with tarfile.open(path) as archive:
        files = {one.name: archive.extractfile(one).read().decode() for one in archive}  # type: ignore[union-attr]
    pod = files["nimdeck-bundle/objects/pods/runai-test_in-clear.yaml"]
    assert "DB_PASSWORD" in pod and "***" in pod
    assert not [name for name, text in files.items() if "hunter2" in text or "hunter3" in text]


def a_pod(name: str, env: str = "", annotation: str = "") -> Json:
    """A pod that has waited for an hour for a claim that is not there."""
    applied = json.dumps({"spec": {"containers": [{"env": [{"name": "HF_TOKEN", "value": annotation}]}]}})
    return {
        "metadata": {
            "name": name,
            "namespace": "runai-test",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied},
        },
        "spec": {
            "containers": [{"name": "c", "image": "x", "env": [{"name": "DB_PASSWORD", "value": env}]}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "not-there"}}],
        },
        "status": {"phase": "Pending"},
    }
