"""Each prerequisite broken in turn: that check fails, those that rest on it become unknown, no other changes; mended,
all pass again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Make, Watch
from tests.e2e.preflight_site import SPACE, Site, not_passing, site
from tui.demo.kube.faults import Fault
from tui.demo.objects import Json
from tui.diagnose.preflight import RULES, preflight
from tui.model.check import CheckState
from tui.session import Session

PASS, FAIL, WARN, UNKNOWN = CheckState.PASS, CheckState.FAIL, CheckState.WARN, CheckState.UNKNOWN
KNATIVE, NODE = "knative-serving", "node001"
Break = Callable[[Site], None]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as monkeypatch, site(tmp_path_factory.mktemp("site"), monkeypatch) as found:
        yield found


# -- ways to break a thing --------------------------------------------------------------------------------------------


def setting(config_map: str, key: str, value: str | None) -> Break:
    """Another value of a ConfigMap's key, or none."""

    def edit(obj: Json) -> None:
        obj["data"].pop(key)
        if value is not None:
            obj["data"][key] = value

    return lambda on: on.edit("configmaps", config_map, edit, KNATIVE)


def misspelt(on: Site) -> None:
    """As the guide has it."""

    def edit(obj: Json) -> None:
        obj["data"]["kubernetes.podspec-schedulename"] = obj["data"].pop("kubernetes.podspec-schedulername")

    on.edit("configmaps", "config-features", edit, KNATIVE)


def scaled_to_zero(name: str, space: str) -> Break:
    def edit(obj: Json) -> None:
        obj["spec"]["replicas"] = 0
        obj["status"] = {"observedGeneration": 2}

    return lambda on: on.edit("deployments", name, edit, space, "apps")


def unready(name: str, space: str) -> Break:
    return lambda on: on.edit("deployments", name, lambda obj: obj["status"].pop("readyReplicas"), space, "apps")


def gone(plural: str, name: str, space: str | None = None, group: str = "") -> Break:
    return lambda on: on.delete(plural, name, space, group)


def edited(plural: str, name: str, edit: Callable[[Json], Any], space: str | None = None, group: str = "") -> Break:
    return lambda on: on.edit(plural, name, edit, space, group)


def all_of(*breaks: Break) -> Break:
    def both(on: Site) -> None:
        for one in breaks:
            one(on)

    return both


def not_ready(node: Json) -> None:
    for condition in node["status"]["conditions"]:
        if condition["type"] == "Ready":
            condition.update(status="False", reason="KubeletNotReady", message="container runtime is down")


def nothing_allocatable(node: Json) -> None:
    node["status"]["allocatable"]["nvidia.com/gpu"] = "0"


def quota_zero(queue: Json) -> None:
    queue["spec"]["resources"]["gpu"]["quota"] = 0


def url(text: str) -> Break:
    """Another address of the cluster, made of the ``{host}`` and ``{port}`` of the real one."""

    def edit(config: Json) -> None:
        told = config["spec"]["global"]
        host, _, port = told["clusterURL"].removeprefix("https://").partition(":")
        told["clusterURL"] = text.format(host=host, port=port)

    return edited("runaiconfigs", "runai", edit, "runai", "run.ai")


def bare(service: Json) -> None:
    service["status"] = {"loadBalancer": {}}


def not_default(storage_class: Json) -> None:
    storage_class["metadata"].pop("annotations")


# -- what is expected -------------------------------------------------------------------------------------------------


def unknown(*checks: str) -> dict[str, CheckState]:
    return dict.fromkeys(checks, UNKNOWN)


OF_PROMETHEUS = unknown(
    *("prometheus.targets", "prometheus.dcgm", "prometheus.kube_state_metrics", "prometheus.runai"),
    *("prometheus.fresh", "gpus.dcgm", "gpus.xid"),
)
OF_METALLB = unknown("network.ingress_address", "network.load_balancers")
OF_URL = unknown("network.certificate_name", "network.certificate_expiry")
HPA, KOURIER = ("autoscaler-hpa", KNATIVE), ("net-kourier-controller", KNATIVE)
INGRESS = ("ingress-nginx-controller", "ingress-nginx")

CASES: dict[str, tuple[Break, dict[str, CheckState]]] = {
    # Knative
    "a flag is not set": (setting("config-features", "kubernetes.podspec-affinity", None),
                          {"knative.flag.podspec-affinity": FAIL}),
    "a flag is switched off": (setting("config-features", "kubernetes.podspec-tolerations", "disabled"),
                               {"knative.flag.podspec-tolerations": FAIL}),
    "the scheduler's flag is misspelt": (misspelt, {"knative.flag.podspec-schedulername": FAIL}),
    "progress deadline of 600 s": (setting("config-deployment", "progress-deadline", "600s"),
                                   {"knative.progress_deadline": FAIL}),
    "no scale to zero": (setting("config-autoscaler", "enable-scale-to-zero", "false"),
                         {"knative.scale_to_zero": FAIL}),
    "no domain": (setting("config-domain", "runai-inference.era.example.com", None), {"knative.domain": WARN}),
    "the domain's ConfigMap is gone": (gone("configmaps", "config-domain", KNATIVE), {"knative.domain": FAIL}),
    "no HPA extension": (gone("deployments", *HPA, "apps"), {"knative.hpa": FAIL}),
    "Knative's activator is not ready": (unready("activator", KNATIVE), {"knative.running": FAIL}),
    "Kourier is scaled to 0": (scaled_to_zero(*KOURIER), {"knative.networking": FAIL}),
    # GPUs
    "a node is not ready": (edited("nodes", NODE, not_ready), {"gpus.nodes": FAIL, **unknown("gpus.dcgm")}),
    "a node is cordoned": (edited("nodes", NODE, lambda node: node["spec"].update(unschedulable=True)),
                           {"gpus.nodes": WARN}),
    "a node offers no GPU": (edited("nodes", NODE, nothing_allocatable),
                             {"gpus.allocatable": FAIL, **unknown("gpus.dcgm", "runai.quota")}),
    "no ClusterPolicy": (gone("clusterpolicies", "cluster-policy", None, "nvidia.com"), {"gpus.gpu_operator": FAIL}),
    "the NicClusterPolicy is not ready": (
        edited("nicclusterpolicies", "nic-cluster-policy", lambda one: one["status"].update(state="notReady"), None,
               "mellanox.com"), {"gpus.network_operator": FAIL}),
    "no NicClusterPolicy": (gone("nicclusterpolicies", "nic-cluster-policy", None, "mellanox.com"),
                            {"gpus.network_operator": WARN}),
    "the GPU Operator does not run": (unready("gpu-operator", "gpu-operator"), {"gpus.operators_running": FAIL}),
    # Run:ai
    "Run:ai's scheduler is scaled to 0": (scaled_to_zero("runai-scheduler-default", "runai"),
                                          {"runai.components": FAIL}),
    "the namespace lost its label": (edited("namespaces", SPACE, lambda one: one["metadata"]["labels"].pop(
        "runai/queue")), {"runai.namespace": FAIL}),
    "placed by binpack": (
        edited("nodepools", "default", lambda one: one["spec"].update(
            placementStrategy={"gpu": "binpack", "cpu": "binpack"}), None, "run.ai"), {"runai.placement": WARN}),
    "a quota of 0": (edited("queues", "sandbox", quota_zero, None, "scheduling.run.ai"), {"runai.quota": FAIL}),
    # Storage and secrets
    "no default class": (edited("storageclasses", "nfs-client", not_default, None, "storage.k8s.io"),
                         {"storage.class": WARN}),
    "no class at all": (all_of(gone("storageclasses", "nfs-client", None, "storage.k8s.io"),
                               gone("storageclasses", "local-path", None, "storage.k8s.io")), {"storage.class": FAIL}),
    "the claim is not bound": (
        edited("persistentvolumeclaims", "nfs-pvc-nim", lambda one: one.update(status={"phase": "Pending"}), SPACE),
        {"storage.claim_bound": FAIL, **unknown("storage.claim_shared")}),
    "no claim": (gone("persistentvolumeclaims", "nfs-pvc-nim", SPACE),
                 {"storage.claim_bound": WARN, **unknown("storage.claim_shared")}),
    "the claim is for one node": (
        edited("persistentvolumeclaims", "nfs-pvc-nim", lambda one: [part.update(accessModes=["ReadWriteOnce"])
               for part in (one["spec"], one["status"])], SPACE), {"storage.claim_shared": FAIL}),
    "no NGC key": (gone("secrets", "ngc-api-key", SPACE), {"storage.ngc_secret": FAIL}),
    "the NGC key has a wrong name": (edited("secrets", "ngc-api-key", lambda one: one.update(
        data={"api-key": "bWFkZS11cA=="}), SPACE), {"storage.ngc_secret": FAIL}),
    "the pull Secret has a wrong type": (edited("secrets", "ngc-registry", lambda one: one.update(type="Opaque", data={
        "password": "bWFkZS11cA=="}), SPACE), {"storage.pull_secret": FAIL}),
    # Network
    "the ingress controller is scaled to 0": (scaled_to_zero(*INGRESS),
                                              {"network.ingress": FAIL, **unknown("network.ingress_address")}),
    "no IngressClass": (gone("ingressclasses", "nginx", None, "networking.k8s.io"), {"network.ingress_class": FAIL}),
    "MetalLB is not ready": (unready("controller", "metallb-system"), {"network.metallb": FAIL, **OF_METALLB}),
    "the ingress Service has no address": (edited("services", *INGRESS[:1], bare, INGRESS[1]),
                                           {"network.ingress_address": FAIL}),
    "another load balancer has no address": (edited("services", "kourier", bare, "kourier-system"),
                                             {"network.load_balancers": FAIL}),
    "no certificate is kept": (gone("secrets", "runai-cluster-domain-tls-secret", "runai"),
                               {"network.tls_secret": FAIL}),
    "the URL is the guide's http": (url("http://{host}:{port}"), {"network.cluster_url": WARN, **OF_URL}),
    "the URL names no host": (url("https:///"), {"network.cluster_url": FAIL, **unknown("network.dns"), **OF_URL}),
    "its name does not resolve": (url("https://nowhere.invalid:{port}"), {"network.dns": FAIL, **OF_URL}),
    "its name leads elsewhere": (url("https://localhost:{port}"), {"network.dns": WARN, **OF_URL}),
    # Prometheus
    "no Prometheus object": (gone("prometheuses", "kube-prometheus-stack-prometheus", "monitoring",
                                  "monitoring.coreos.com"), {"prometheus.object": FAIL}),
    "Prometheus has no Service": (all_of(gone("services", "kube-prometheus-stack-prometheus", "monitoring"),
                                         gone("services", "prometheus-operated", "monitoring")),
                                  {"prometheus.service": FAIL}),
    "Prometheus is gone": (lambda on: on.stop_prometheus(), {"prometheus.answers": FAIL, **OF_PROMETHEUS}),
    # Access
    "no right to make Secrets": (lambda on: on.deny(("create", "secrets")), {"access.make_secrets": FAIL}),
    "no right to see Secrets": (lambda on: on.deny(("list", "secrets")), {
        "access.see_secrets": FAIL, **unknown("storage.ngc_secret", "storage.pull_secret", "network.tls_secret")}),
    "no right to see claims": (lambda on: on.deny(("list", "persistentvolumeclaims")),
                               unknown("storage.claim_bound", "storage.claim_shared")),
    # last: it takes its time to come back. Nobody else tells Run:ai's version here.
    "the control plane is gone": (lambda on: on.stop_control_plane(), {
        "runai.control_plane": FAIL, **unknown("runai.connected", "runai.version")}),
}  # fmt: skip


def test_all_is_well(broken: Site) -> None:
    checks = broken.settled({})
    assert not_passing(checks) == {}
    assert len(CASES) >= 20 and len(checks) >= 25


@pytest.mark.parametrize("name", list(CASES))
def test_one_thing_is_broken(broken: Site, name: str) -> None:
    do, expected = CASES[name]
    do(broken)
    try:
        checks = broken.settled(expected)
        assert not_passing(checks) == expected, {one: checks[one].evidence for one in not_passing(checks)}
        for one, state in expected.items():
            told = checks[one]
            assert told.evidence
            assert state == UNKNOWN or told.remedy, f"{one} says nothing that mends it"
    finally:
        broken.mend()
    mended = broken.settled({})
    assert {one.id: one.evidence for one in mended.values() if one.state != CheckState.PASS} == {}


# -- what would take the ground from under most of them ---------------------------------------------------------------


def states(session: Session) -> dict[str, CheckState]:
    facts = session.installation()
    assert facts is not None
    return {one.id: one.state for one in preflight(session.store.snapshot, facts)}


def test_without_knative_all_of_its_section_rests_on_that(make_cluster: Make, watch: Watch) -> None:
    cluster = make_cluster(without_groups=("serving.knative.dev", "autoscaling.internal.knative.dev"))
    found = states(watch(cluster.kubeconfig(), cluster.prometheus().url))
    of_knative = {one: state for one, state in found.items() if one.startswith("knative.")}
    assert of_knative.pop("knative.served") == FAIL
    assert len(of_knative) >= 15 and set(of_knative.values()) == {UNKNOWN}


def test_an_api_that_refuses_leaves_all_that_rests_on_it_unknown(make_cluster: Make, watch: Watch) -> None:
    cluster = make_cluster()
    cluster.fault(Fault.UNAUTHORIZED)
    found = states(watch(cluster.kubeconfig(), cluster.prometheus().url))
    assert found["kubernetes.api"] == FAIL
    resting = {rule.id for rule in RULES if "kubernetes.api" in rule.rests_on}
    assert len(resting) >= 40 and {found[one] for one in resting} == {UNKNOWN}
    assert found["prometheus.answers"] == PASS and found["prometheus.fresh"] == PASS
