"""What Kubernetes tells, what it hides, and what becomes of an API that hangs or is gone."""

import json
import time
from pathlib import Path

import pytest

from tests.sources_installation.conftest import (
    KNATIVE,
    SECRET_VALUE,
    SPACE,
    Connected,
    Read,
    give,
    named,
    secret,
    secrets_table,
)
from tests.sources_kubernetes.fault_api import FaultApi, Reply, forbidden, write_kubeconfig
from tui.model.ids import ObjectKey
from tui.model.installation import HIDDEN, hidden
from tui.model.rights import RIGHTS
from tui.model.surroundings import SecretInfo
from tui.sources.kubernetes import KubeClient
from tui.sources.kubernetes.ondemand import ACCESS_PATH


def test_the_facts(read: Read) -> None:
    facts = read()
    assert facts.kubernetes_version == "v1.36.2"
    assert facts.project_namespaces == {"runai-team-a": "team-a"}
    assert [one.phase for one in facts.claims["runai-team-a"]] == ["Bound"]
    assert facts.config_maps[ObjectKey("knative-serving", "config-deployment")] == {"progress-deadline": "1800s"}
    assert facts.config_maps[ObjectKey("knative-serving", "config-features")] is None, "known to be missing"
    assert facts.load_balancers is not None
    assert [(one.key.name, one.ports, one.addresses) for one in facts.load_balancers] == [
        ("ingress-nginx-controller", (443,), ("10.0.0.9",))
    ]
    assert facts.cluster_policies == () and facts.ingress_classes == ()
    assert facts.deployments["metallb-system"] == (), "the namespace is not there"
    assert abs((facts.skew_seconds or {})["Kubernetes"]) < 2
    assert facts.access is not None and all(one.allowed for one in facts.access)
    assert {right.capability for right in RIGHTS} <= {one.capability for one in facts.access}


def test_keys_of_secrets_are_read_and_their_values_dropped(read: Read) -> None:
    facts = read()
    assert facts.secrets["runai-team-a"] == (
        SecretInfo("ngc-api-key", "Opaque", ("NGC_API_KEY",)),
        SecretInfo("pull", "kubernetes.io/dockerconfigjson", (".dockerconfigjson",)),
    )
    assert SECRET_VALUE not in repr(facts)


@pytest.mark.parametrize(
    "body", [f'{{"data": {{"k": "{SECRET_VALUE}"', f'{{"data": "{SECRET_VALUE}"}}', f'["{SECRET_VALUE}"]']
)
def test_a_secret_that_is_none_is_not_told(api: FaultApi, read: Read, body: str) -> None:
    give(api, f"{SPACE}/secrets/pull", Reply(200, body.encode()))
    facts = read()
    assert facts.secrets["runai-team-a"][1].keys is None
    assert "did not answer with a Secret" in facts.unknown["secrets/runai-team-a/pull"]
    assert SECRET_VALUE not in repr(facts)


def test_values_that_a_server_lists_against_our_wish_are_dropped(api: FaultApi, read: Read) -> None:
    listed = named("ngc-api-key", data={"NGC_API_KEY": SECRET_VALUE})
    give(api, f"{SPACE}/secrets", Reply(200, {"kind": "SecretList", "metadata": {}, "items": [listed]}))
    facts = read()
    assert facts.secrets["runai-team-a"] == (SecretInfo("ngc-api-key", "Opaque", ("NGC_API_KEY",)),)
    assert SECRET_VALUE not in repr(facts)


def test_secrets_that_may_not_be_listed_are_hidden(api: FaultApi, read: Read) -> None:
    give(api, f"{SPACE}/secrets", forbidden("secrets", namespace="runai-team-a"))
    facts = read()
    assert "runai-team-a" not in facts.secrets and facts.secrets["runai"] == ()
    assert facts.why("secrets", "runai-team-a") == hidden("list", "secrets", "runai-team-a")


def test_secrets_that_may_be_listed_and_not_read(api: FaultApi, read: Read) -> None:
    for name in ("ngc-api-key", "pull"):
        give(api, f"{SPACE}/secrets/{name}", forbidden("secrets", namespace="runai-team-a", verb="get"))
    facts = read()
    assert [one.keys for one in facts.secrets["runai-team-a"]] == [None, None]
    assert facts.why("secrets", "runai-team-a") == hidden("get", "secrets", "runai-team-a")


def test_of_many_secrets_the_likeliest_are_looked_into(api: FaultApi, read: Read) -> None:
    many = [(f"a-{number:02}", "Opaque") for number in range(30)]
    give(api, f"{SPACE}/secrets", secrets_table(*many, ("ngc-api-key", "Opaque"), ("token", "helm.sh/release.v1")))
    for name, _ in many:
        give(api, f"{SPACE}/secrets/{name}", secret(name, "x"))
    facts = read()
    looked = {one.name for one in facts.secrets["runai-team-a"] if one.keys is not None}
    assert "ngc-api-key" in looked and len(looked) == 12
    assert "19 of 31 Secrets" in facts.why("secrets", "runai-team-a")


def test_hidden_config_maps(api: FaultApi, read: Read) -> None:
    for name in ("config-autoscaler", "config-features", "config-deployment", "config-network", "config-domain"):
        give(api, f"{KNATIVE}/{name}", forbidden("configmaps", namespace="knative-serving", verb="get"))
    facts = read()
    assert not [key for key in facts.config_maps if key.namespace == "knative-serving"]
    assert facts.why("config_maps", "knative-serving") == hidden("get", "configmaps", "knative-serving")


def test_hidden_namespaces_hide_nothing_else(api: FaultApi, read: Read) -> None:
    give(api, "/api/v1/namespaces", forbidden("namespaces"))
    facts = read(project="team-a")
    assert facts.namespaces is None and facts.project_namespaces is None
    assert facts.why("project_namespaces") == hidden("list", "namespaces")
    assert facts.claims.keys() == {"runai-team-a"}, "by Run:ai's habit"
    assert "gpu-operator" in facts.deployments


def test_nothing_is_sent_but_reads_and_reviews(api: FaultApi, read: Read) -> None:
    facts = read(project="team-a")
    sent = [(method, path) for method, path, _ in api.requests if method != "GET"]
    assert set(sent) == {("POST", ACCESS_PATH)}
    asked = [json.loads(body)["spec"]["resourceAttributes"] for body in api.bodies if body]
    assert len(asked) == len(facts.access or ())
    log = {"verb": "get", "group": "", "resource": "pods", "subresource": "log", "namespace": "runai-team-a"}
    assert log in asked
    assert {"verb": "create", "group": "", "resource": "persistentvolumes"} in asked
    assert {"verb": "patch", "group": "", "resource": "configmaps", "namespace": "knative-serving"} in asked
    launch = {"verb": "create", "group": "run.ai", "resource": "inferenceworkloads", "namespace": "runai-team-a"}
    assert launch in asked


def test_a_review_without_an_answer_is_not_a_no(api: FaultApi, read: Read) -> None:
    give(api, ACCESS_PATH, Reply(500, {"message": "etcd is away"}))
    facts = read()
    assert facts.access is not None and all(one.allowed is None for one in facts.access)
    assert "etcd is away" in facts.why("access", "list nodes")


def test_discovery_at_once(api: FaultApi, read: Read) -> None:
    def group(name: str, *plurals: str, freshness: str = "Current") -> dict[str, object]:
        resources = [{"resource": plural, "verbs": ["list"]} for plural in plurals]
        version = {"version": "v1", "freshness": freshness, "resources": resources}
        return {"metadata": {"name": name} if name else {}, "versions": [version]}

    kind = {"kind": "APIGroupDiscoveryList"}
    give(api, "/api", Reply(200, kind | {"items": [group("", "pods", "secrets")]}))
    groups = [group("nvidia.com", "clusterpolicies"), group("mellanox.com", freshness="Stale")]
    give(api, "/apis", Reply(200, kind | {"items": groups}))
    condition = {"type": "Error", "status": "True", "message": "driver pods are not ready"}
    policy = named("cluster-policy", status={"state": "notReady", "conditions": [condition]})
    api.objects["/apis/nvidia.com/v1/clusterpolicies"] = [policy]
    facts = read()
    assert facts.api == {"": {"pods", "secrets"}, "nvidia.com": {"clusterpolicies"}}
    assert facts.cluster_policies is not None
    assert [(one.state, one.message) for one in facts.cluster_policies] == [("notReady", "driver pods are not ready")]
    assert facts.nic_policies is None and "stale" in facts.why("nic_policies")


def test_discovery_group_by_group(api: FaultApi, read: Read) -> None:
    api.groups["mellanox.com"] = {"v1alpha1": {"nicclusterpolicies": False, "nicclusterpolicies/status": False}}
    api.groups["metrics.k8s.io"] = {"v1beta1": {}}
    give(api, "/apis/metrics.k8s.io/v1beta1", Reply(503, {"message": "the server is unable to handle the request"}))
    api.objects["/apis/mellanox.com/v1alpha1/nicclusterpolicies"] = [named("nic", status={"state": "ready"})]
    facts = read()
    assert facts.api is not None and facts.api["mellanox.com"] == {"nicclusterpolicies"}
    assert "metrics.k8s.io" not in facts.api and "503" in facts.why("api", "metrics.k8s.io")
    assert [one.state for one in facts.nic_policies or ()] == ["ready"]


def test_an_answer_that_hangs_costs_only_itself(api: FaultApi, read: Read) -> None:
    def hang(query: object) -> None:
        api.hang.wait(10)

    api.spoil["/apis/storage.k8s.io/v1/storageclasses"] = hang
    begun = time.monotonic()
    facts = read(seconds=0.8)
    assert time.monotonic() - begun < 3
    assert facts.storage_classes is None and "no answer within 0.8 s" in facts.why("storage_classes")
    assert facts.namespaces is not None and facts.kubernetes_version


def test_an_api_that_is_gone(read: Read, tmp_path: Path) -> None:
    lost = KubeClient(write_kubeconfig(tmp_path / "lost", "http://127.0.0.1:1"), connect_seconds=1.0)
    begun = time.monotonic()
    facts = read(kubernetes=Connected(lost))
    assert time.monotonic() - begun < 4
    lost.close()
    assert facts.api is None and not facts.deployments and not facts.config_maps and not facts.secrets
    assert facts.access is not None and all(one.allowed is None for one in facts.access)
    for name in ("api", "kubernetes_version", "namespaces", "storage_classes", "load_balancers"):
        assert "refuses the connection" in facts.why(name)


def test_refused_credentials(api: FaultApi, read: Read) -> None:
    api.authorize = lambda token: False
    facts = read()
    assert "401" in facts.why("api") and facts.namespaces is None


def test_without_kubernetes(read: Read) -> None:
    facts = read(kubernetes=None)
    assert facts.api is None and facts.access is None and not facts.deployments
    assert "switched off" in facts.why("storage_classes") and HIDDEN not in facts.why("access")
