"""The preflight: a healthy cluster passes, each broken fact fails one check, what is hidden fails none."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.diagnose.installations import (
    DAY,
    HOST,
    SPACE,
    denied,
    healthy,
    picture,
    setting,
    with_cluster,
    with_deployments,
    with_plane,
    with_setting,
    with_url,
    without,
    without_ready,
)
from tests.store.builders import NOW
from tui.actions import ACTIONS
from tui.diagnose.preflight import RULES, preflight
from tui.diagnose.preflight_access import capability_id
from tui.diagnose.preflight_knative import FLAGS, seconds_of
from tui.model.check import Check, CheckState, ScreenFix, SettingFix
from tui.model.ids import ObjectKey
from tui.model.installation import (
    Certificate,
    Installation,
    MetricSeen,
    Policy,
    PrometheusObject,
    RunaiPool,
    ServiceFact,
    Target,
    hidden,
)
from tui.model.rights import RIGHTS
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.model.surroundings import Claim, SecretInfo, StorageClass

DOCS = Path(__file__).parents[2] / "docs" / "preflight.md"
RUNS_ON = {rule.id: rule.rests_on for rule in RULES}


def checks(facts: Installation, view: Snapshot | None = None, project: str | None = "test") -> dict[str, Check]:
    return {check.id: check for check in preflight(view or picture(), facts, project)}


def states(found: dict[str, Check]) -> dict[str, str]:
    """The ids that do not pass."""
    return {name: str(check.state) for name, check in found.items() if check.state != CheckState.PASS}


def above(name: str) -> set[str]:
    """All that rest on it, however far up."""
    direct = {other for other, ground in RUNS_ON.items() if name in ground}
    return direct | {far for one in direct for far in above(one)}


def seen(name: str, state: SourceState, view: Snapshot | None = None) -> Snapshot:
    view = view or picture()
    return replace(view, sources={**view.sources, name: SourceStatus(name, state, None, "connection refused")})


def balancer(namespace: str, name: str, *addresses: str) -> ServiceFact:
    return ServiceFact(ObjectKey(namespace, name), "LoadBalancer", (80,), addresses)


OURS = balancer("ingress-nginx", "ingress-nginx-controller", "192.0.2.10")
CERTIFICATE = Certificate((HOST,), NOW + 200 * DAY, True)
BROKEN: list[tuple[str, Installation, Snapshot | None]] = [
    ("kubernetes.api", healthy(access=None), seen("kubernetes", SourceState.FAILED)),
    ("kubernetes.api", healthy(kubernetes_version=None), seen("kubernetes", SourceState.DENIED)),
    ("kubernetes.version", healthy(kubernetes_version="v1.24.17"), None),
    ("kubernetes.clock", healthy(skew_seconds={"Kubernetes": 0.0, "Run:ai": -61.0}), None),
    ("gpus.gpu_operator", healthy(cluster_policies=()), None),
    ("gpus.gpu_operator", healthy(cluster_policies=(Policy("cluster-policy", "notReady"),)), None),
    ("gpus.network_operator", healthy(nic_policies=(Policy("nic", "error", "no driver"),)), None),
    ("gpus.operators_running", without_ready("gpu-operator", "gpu-operator"), None),
    ("gpus.nodes", healthy(), picture(ready=False)),
    ("gpus.allocatable", healthy(), picture(gpu_allocatable=3)),
    ("gpus.dcgm", healthy(), picture(gpu_count=6, gpu_allocatable=6)),
    ("gpus.xid", healthy(), picture(xid=79)),
    ("prometheus.object", healthy(prometheuses=()), None),
    ("prometheus.object", healthy(prometheuses=(PrometheusObject(ObjectKey("bcm", "k8s"), 1, 1),)), None),
    ("prometheus.service", healthy(monitoring_services=()), None),
    ("prometheus.answers", healthy(), seen("prometheus", SourceState.FAILED)),
    ("prometheus.targets", healthy(targets=(Target("dcgm-exporter", "10.0.0.1:9400", False, "refused"),)), None),
    (
        "prometheus.dcgm",
        healthy(metrics=(MetricSeen("DCGM_X", "dcgm", False), *(healthy().metrics or ())[1:])),
        None,
    ),
    (
        "prometheus.kube_state_metrics",
        healthy(metrics=(*(healthy().metrics or ())[::2], MetricSeen("kube_x", "kube-state-metrics", False))),
        None,
    ),
    (
        "prometheus.fresh",
        healthy(metrics=(*(healthy().metrics or ()), MetricSeen("DCGM_Y", "dcgm", True, 900.0))),
        None,
    ),
    ("runai.control_plane", with_plane(reachable=False, problem="connection refused"), None),
    ("runai.components", without_ready("runai", "cluster-sync"), None),
    ("runai.connected", with_cluster(state="Disconnected"), None),
    ("runai.connected", with_cluster(state="Connected", missing=("knative",)), None),
    ("runai.version", healthy(runai_version="2.23.0"), None),
    ("runai.namespace", healthy(project_namespaces={"runai-other": "other"}), None),
    ("runai.quota", healthy(), picture(quota=0.0)),
    ("knative.served", healthy(api={"serving.knative.dev": frozenset({"services"})}), None),
    ("knative.running", without_ready("knative-serving", "activator"), None),
    ("knative.running", without("knative-serving", "webhook"), None),
    ("knative.networking", without_ready("knative-serving", "net-kourier-controller"), None),
    (
        "knative.domain",
        healthy(config_maps={**healthy().config_maps, setting("config-domain"): None}),
        None,
    ),
    ("knative.scale_to_zero", with_setting("config-autoscaler", "enable-scale-to-zero", "false"), None),
    *(
        (f"knative.flag.{flag.removeprefix('kubernetes.')}", with_setting("config-features", flag, "disabled"), None)
        for flag in FLAGS
    ),
    ("knative.hpa", without("knative-serving", "autoscaler-hpa"), None),
    ("knative.progress_deadline", with_setting("config-deployment", "progress-deadline", "600s"), None),
    ("knative.progress_deadline", with_setting("config-deployment", "progress-deadline", None), None),
    ("storage.class", healthy(storage_classes=()), None),
    ("storage.claim_bound", healthy(claims={SPACE: (Claim("c", "Pending", "default", ("ReadWriteMany",), 1),)}), None),
    ("storage.claim_shared", healthy(claims={SPACE: (Claim("c", "Bound", "default", ("ReadWriteOnce",), 1),)}), None),
    (
        "storage.ngc_secret",
        healthy(
            secrets={**healthy().secrets, SPACE: (SecretInfo("ngc", "Opaque", ("OTHER",)), healthy().secrets[SPACE][1])}
        ),
        None,
    ),
    ("storage.pull_secret", healthy(secrets={**healthy().secrets, SPACE: healthy().secrets[SPACE][:1]}), None),
    ("network.ingress", with_deployments("ingress-nginx"), None),
    ("network.ingress_class", healthy(ingress_classes=()), None),
    ("network.metallb", without_ready("metallb-system", "controller"), None),
    ("network.metallb", healthy(address_pools=(), load_balancers=()), None),
    ("network.ingress_address", healthy(load_balancers=(balancer(*OURS.key),)), None),
    ("network.ingress_address", healthy(load_balancers=()), None),
    ("network.load_balancers", healthy(load_balancers=(OURS, balancer(SPACE, "llama"))), None),
    ("network.tls_secret", healthy(secrets={**healthy().secrets, "runai": ()}), None),
    ("network.cluster_url", with_url(url="", host=""), None),
    ("network.dns", with_url(addresses=()), None),
    ("network.certificate_name", with_url(certificate=replace(CERTIFICATE, names=("other.example.com",))), None),
    ("network.certificate_expiry", with_url(certificate=replace(CERTIFICATE, not_after=NOW - DAY)), None),
    *((capability_id(name), denied(name), None) for name in dict.fromkeys(one.capability for one in RIGHTS)),
]


def test_a_healthy_cluster_passes_every_check() -> None:
    found = checks(healthy())
    assert states(found) == {}
    assert len(found) == len(RULES) >= 32
    assert all(check.evidence and "\n" not in check.evidence for check in found.values())
    assert not any(check.remedy or check.commands or check.fix for check in found.values())


@pytest.mark.parametrize(("name", "facts", "view"), BROKEN, ids=[f"{i}-{one[0]}" for i, one in enumerate(BROKEN)])
def test_one_broken_fact_fails_one_check_and_hides_what_rests_on_it(
    name: str, facts: Installation, view: Snapshot | None
) -> None:
    found = checks(facts, view)
    assert states(found) == {name: "fail", **dict.fromkeys(above(name), "unknown")}
    assert found[name].remedy
    for other in above(name):
        assert found[other].evidence.startswith("rests on ")
        assert not found[other].commands


def test_every_check_that_can_fail_is_broken_once() -> None:
    never = {rule.id for rule in RULES if rule.fails.startswith("never")}
    assert {one[0] for one in BROKEN} == {rule.id for rule in RULES} - never - {"runai.project"}


def test_no_project_hides_what_rests_on_it() -> None:
    found = checks(healthy(), project="other")
    assert found["runai.project"].state == CheckState.FAIL
    assert found["runai.project"].fix == ScreenFix("project.new")
    assert found["runai.quota"].evidence == "rests on There is a project"


@pytest.mark.parametrize(
    ("name", "facts", "view"),
    [
        ("kubernetes.version", healthy(kubernetes_version="v1.34.2"), None),
        ("kubernetes.clock", healthy(skew_seconds={"Prometheus": 5.5}), None),
        ("gpus.nodes", healthy(), picture(schedulable=False)),
        ("gpus.xid", healthy(), picture(xid=31)),
        ("gpus.network_operator", healthy(nic_policies=()), None),
        ("prometheus.targets", healthy(targets=(Target("kube-scheduler", "10.0.0.1:10259", False),)), None),
        ("prometheus.fresh", healthy(metrics=(*(healthy().metrics or ()), MetricSeen("D", "dcgm", True, 121.0))), None),
        ("prometheus.dcgm", healthy(metrics=(*(healthy().metrics or ()), MetricSeen("D", "dcgm", False))), None),
        ("prometheus.runai", healthy(metrics=(*(healthy().metrics or ())[:2], MetricSeen("r", "runai", False))), None),
        ("runai.connected", with_cluster(last_liveness_at=NOW - 300), None),
        ("runai.version", healthy(runai_version="2.18.1"), None),
        ("runai.quota", healthy(), picture(nodes=4)),
        ("runai.placement", with_plane(node_pools=(RunaiPool("default", "binpack", "spread"),)), None),
        ("knative.domain", with_setting("config-domain", f"runai-inference.{HOST}", None), None),
        ("storage.class", healthy(storage_classes=(StorageClass("nfs", "nfs", False, False),)), None),
        ("network.cluster_url", with_url(url=f"http://{HOST}"), None),
        ("network.dns", with_url(addresses=("198.51.100.7",)), None),
        ("network.certificate_expiry", with_url(certificate=replace(CERTIFICATE, not_after=NOW + 29 * DAY)), None),
    ],
)
def test_what_works_but_is_not_right_is_a_warning_and_hides_nothing(
    name: str, facts: Installation, view: Snapshot | None
) -> None:
    assert states(checks(facts, view)) == {name: "warn"}


def test_nothing_known_fails_nothing() -> None:
    facts = Installation(at=NOW, unknown={"*": "not read"})
    view = replace(picture(), sources={}, nodes={}, projects={}, node_pools={})
    found = checks(facts, view, None)
    assert {check.state for check in found.values()} == {CheckState.UNKNOWN}


# These only make a line of evidence longer, or say where it comes from.
UNTESTED = (
    *("at", "context", "unknown", "namespaces", "runai_cluster", "address_pools"),
    *("prometheus_address", "prometheus_found", "prometheus_version"),
)
OPEN = {
    "api": None,
    "deployments": {},
    "config_maps": {},
    "claims": {},
    "secrets": {},
    "project_namespaces": None,
}


@pytest.mark.parametrize(
    "name",
    [one.name for one in fields(Installation) if one.name not in UNTESTED],
)
def test_a_hidden_fact_fails_nothing_and_names_the_right(name: str) -> None:
    line = hidden("list", "things", "some-namespace")
    found = checks(healthy(**{name: OPEN.get(name)}, unknown={name: line}))
    told = states(found)
    assert set(told.values()) <= {"unknown"}
    plain = [check for check in found.values() if check.evidence == line]
    if name not in ("kubernetes_version", "runai_version"):  # known from elsewhere too
        assert plain
    for check in plain:
        assert check.remedy == "Ask for the right to list things in some-namespace, or run it as someone who may."


def test_an_api_that_knows_the_user_and_shows_nothing_answers() -> None:
    found = checks(healthy(), seen("kubernetes", SourceState.DENIED))
    assert found["kubernetes.api"].state == CheckState.PASS


def test_only_the_lowest_ground_is_named() -> None:
    found = checks(healthy(kubernetes_version=None), seen("kubernetes", SourceState.FAILED))
    assert found["knative.hpa"].evidence == "rests on The Kubernetes API answers"


def test_hidden_nodes_are_not_missing_nodes() -> None:
    view = replace(seen("kubernetes/nodes", SourceState.DENIED), nodes={})
    assert checks(healthy(), view)["gpus.nodes"].evidence == hidden("list", "nodes")


def test_only_the_guides_misspelling_is_set() -> None:
    plain = with_setting("config-features", "kubernetes.podspec-schedulername", None)
    key = setting("config-features")
    data = {**(plain.config_maps[key] or {}), "kubernetes.podspec-schedulename": "enabled"}
    found = checks(replace(plain, config_maps={**plain.config_maps, key: data}))
    check = found["knative.flag.podspec-schedulername"]
    assert states(found) == {check.id: "fail"}
    assert "only kubernetes.podspec-schedulename is set, the guide's misspelling" in check.evidence
    assert check.fix == SettingFix(
        "knative-serving", "config-features", (("kubernetes.podspec-schedulername", "enabled"),)
    )
    assert '{"data":{"kubernetes.podspec-schedulername":"enabled"}}' in check.commands[0]


@pytest.mark.parametrize(
    ("flag", "value", "state"),
    [
        ("kubernetes.podspec-affinity", None, "fail"),
        ("kubernetes.podspec-affinity", "Allowed", "pass"),
        ("kubernetes.podspec-affinity", "true", "fail"),
        ("multi-container", None, "pass"),
        ("multi-container", "true", "pass"),
    ],
)
def test_a_flag_is_read_as_knative_reads_it(flag: str, value: str | None, state: str) -> None:
    found = checks(with_setting("config-features", flag, value))
    assert found[f"knative.flag.{flag.removeprefix('kubernetes.')}"].state == state


def test_a_missing_config_map_fails_all_its_checks() -> None:
    plain = healthy()
    found = checks(replace(plain, config_maps={**plain.config_maps, setting("config-features"): None}))
    assert len(states(found)) == len(FLAGS)
    assert all("serving-core.yaml" in check.commands[1] for check in found.values() if check.state == CheckState.FAIL)


def test_the_old_spelling_of_the_deadline_counts() -> None:
    plain = with_setting("config-deployment", "progress-deadline", None)
    key = setting("config-deployment")
    found = checks(replace(plain, config_maps={**plain.config_maps, key: {"progressDeadline": "30m"}}))
    assert found["knative.progress_deadline"].state == CheckState.PASS


@pytest.mark.parametrize(
    ("text", "seconds"), [("1800s", 1800), ("30m", 1800), ("1h30m", 5400), ("0.5h", 1800), ("30", None), ("", None)]
)
def test_durations(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def test_keys_of_secrets_that_may_not_be_read_are_not_missing() -> None:
    plain = healthy()
    names = (SecretInfo("ngc-api-key"), SecretInfo("nvcr"))
    found = checks(replace(plain, secrets={**plain.secrets, SPACE: names}))
    assert found["storage.ngc_secret"].evidence == hidden("get", "secrets", SPACE)
    assert found["storage.pull_secret"].state == CheckState.UNKNOWN


def test_commands_are_filled_in_for_this_cluster() -> None:
    assert any("knative-v1.18.2/serving-hpa.yaml" in line for line in checks(BROKEN_HPA)["knative.hpa"].commands)
    secret = checks(healthy(secrets={**healthy().secrets, SPACE: ()}))["storage.ngc_secret"]
    assert f"-n {SPACE}" in secret.commands[0]
    assert secret.fix == ScreenFix("launch.secret", "ngc")
    name = checks(with_url(certificate=replace(CERTIFICATE, names=("a.example",))))["network.certificate_name"]
    assert f"-addext subjectAltName=DNS:{HOST}" in name.commands[1]


BROKEN_HPA = with_deployments(
    "knative-serving", *(one for one in healthy().deployments["knative-serving"] if one.name != "autoscaler-hpa")
)


def test_what_a_cluster_calls_its_things_stays_one_word_of_a_shell() -> None:
    found = checks(with_url(host="a b;rm", certificate=replace(CERTIFICATE, names=())))
    assert "-subj /CN='a b;rm'" in found["network.certificate_name"].commands[1]


@pytest.mark.parametrize(
    ("name", "host", "fits"),
    [("*.example.com", HOST, True), ("*.example.com", "a.b.example.com", False), ("ERA.example.com", HOST, True)],
)
def test_names_of_certificates(name: str, host: str, fits: bool) -> None:
    found = checks(with_url(host=host, certificate=replace(CERTIFICATE, names=(name,))))
    assert (found["network.certificate_name"].state == CheckState.PASS) is fits


def test_rights_to_change_are_not_needed_while_read_only() -> None:
    found = {one.id: one for one in preflight(picture(), denied("launch"), "test", read_only=True)}
    assert states(found) == {"access.launch": "warn"}
    found = {one.id: one for one in preflight(picture(), denied("see pods"), "test", read_only=True)}
    assert states(found) == {"access.see_pods": "fail"}


def test_several_clusters_at_the_control_plane_are_not_guessed_at() -> None:
    plane = healthy().control_plane
    assert plane is not None and plane.clusters is not None
    two = (*plane.clusters, replace(plane.clusters[0], uuid="uuid-2", name="other", state="Disconnected"))
    assert checks(replace(with_plane(clusters=two)))["runai.connected"].state == CheckState.PASS
    found = checks(replace(with_plane(clusters=two), runai_cluster=None))["runai.connected"]
    assert found.state == CheckState.UNKNOWN
    assert "runai.cluster" in found.evidence


def test_node_pools_of_other_clusters_do_not_count() -> None:
    pools = (
        RunaiPool("default", "spread", "spread", cluster="uuid-1"),
        RunaiPool("default", "binpack", "binpack", cluster="uuid-2"),
    )
    assert states(checks(with_plane(node_pools=pools))) == {}


def test_rules_are_sound() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert all(one in ids for rule in RULES for one in rule.rests_on)
    actions = {action.id for action in ACTIONS}
    assert all(rule.fix.action in actions for rule in RULES if isinstance(rule.fix, ScreenFix))


def test_the_page_lists_every_check_as_the_code_has_it() -> None:
    row = re.compile(r"^\| `([^`]+)` \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)
    rows = row.findall(DOCS.read_text(encoding="utf-8"))
    assert rows == [
        (rule.id, rule.passes, rule.fails, ", ".join(f"`{one}`" for one in rule.rests_on)) for rule in RULES
    ]
