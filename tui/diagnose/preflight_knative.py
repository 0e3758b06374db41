"""Preflight, section Knative: serving, its networking layer, scale to zero, every feature flag of the guide, the
autoscaler of the HPA class and the progress deadline.

The guide's own errors are mended here and said: it spells one flag wrongly, and names no networking layer.
"""

import json
import re
from collections.abc import Callable, Mapping

from tui.diagnose.preflight_rule import (
    API,
    KNATIVE,
    Finding,
    Ground,
    Rule,
    failed,
    named,
    not_ready,
    passed,
    ready_count,
    unknown,
    warned,
)
from tui.model.check import SettingFix
from tui.model.ids import ObjectKey

SECTION = "Knative"
SERVED = "knative.served"
INSTALL = "Install Knative for Inference Workloads"
CONFIGURE = "Configure Knative to use with Run: ai"
GROUP = "serving.knative.dev"
DEADLINE_SECONDS = 1800.0
DEFAULT_DEADLINE_SECONDS = 600.0
MISSPELT = "kubernetes.podspec-schedulename"  # so the guide's patch says
ENABLED, DISABLED = "enabled", "disabled"

# Every feature flag that the guide sets, and Knative's own value where it is not set.
FLAGS: Mapping[str, str] = {
    "kubernetes.podspec-schedulername": DISABLED,
    "kubernetes.podspec-affinity": DISABLED,
    "kubernetes.podspec-tolerations": DISABLED,
    "kubernetes.podspec-volumes-emptydir": ENABLED,
    "kubernetes.podspec-securitycontext": DISABLED,
    "kubernetes.containerspec-addcapabilities": DISABLED,
    "kubernetes.podspec-persistent-volume-claim": DISABLED,
    "kubernetes.podspec-persistent-volume-write": DISABLED,
    "multi-container": ENABLED,
    "kubernetes.podspec-init-containers": DISABLED,
}
_FLAG_VALUES = (ENABLED, "allowed", DISABLED)
_CORE = ("activator", "autoscaler", "controller", "webhook")
_RELEASE = "https://github.com/knative/serving/releases/download/knative-v$knative"
_INSTALL = (f"kubectl apply -f {_RELEASE}/serving-crds.yaml", f"kubectl apply -f {_RELEASE}/serving-core.yaml")
# Controllers of the networking layers that Knative supports, wherever they are put.
_LAYER_SPACES = (KNATIVE, "kourier-system", "knative-ingress", "istio-system", "contour-external", "knative-operator")
_LAYERS = re.compile(r"^(net-(kourier|istio|contour|gateway-api)-controller|istiod.*|3scale-kourier-gateway|contour)$")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _patch(config_map: str, key: str, value: str) -> tuple[str]:
    body = json.dumps({"data": {key: value}}, separators=(",", ":"))
    return (f"kubectl patch configmap/{config_map} --namespace {KNATIVE} --type merge --patch '{body}'",)


def _data(ground: Ground, name: str) -> Mapping[str, str] | Finding:
    """The ConfigMap's real keys, or why they can't be told."""
    key = ObjectKey(KNATIVE, name)
    if key not in ground.facts.config_maps:
        why = ground.facts.unknown.get(f"config_maps/{KNATIVE}/{name}")
        return unknown(why or ground.facts.why("config_maps", KNATIVE))
    data = ground.facts.config_maps[key]
    return failed(f"ConfigMap {key} is not there", None, _INSTALL) if data is None else data


def _served(ground: Ground) -> Finding:
    api = ground.facts.api
    if api is None:
        return unknown(ground.facts.why("api"))
    kinds = api.get(GROUP, frozenset())
    missing = [name for name in ("services", "revisions", "configurations", "routes") if name not in kinds]
    if missing:
        return failed(f"{GROUP} serves no {named(missing, 4)}")
    return passed(f"{GROUP} is served ({len(kinds)} kinds)")


def _running(ground: Ground) -> Finding:
    found = ground.deployments(KNATIVE)
    if found is None:
        return unknown(ground.facts.why("deployments", KNATIVE))
    core = [(key, one) for key, one in found if one.name in _CORE]
    missing = [name for name in _CORE if name not in {one.name for _, one in core}]
    if missing:
        return failed(f"no Deployment {named(missing)} in {KNATIVE}")
    bad = not_ready(core)
    return failed(f"{ready_count(core)}: {named(bad)}") if bad else passed(f"{ready_count(core)} in {KNATIVE}")


def _layer(ground: Ground) -> Finding:
    found = ground.deployments(*_LAYER_SPACES)
    if found is None:
        return unknown(ground.facts.why("deployments", KNATIVE))
    layers = [(key, one) for key, one in found if _LAYERS.match(one.name)]
    if not layers:
        unread = [name for name in _LAYER_SPACES if name not in ground.facts.deployments]
        if unread:
            return unknown(ground.facts.why("deployments", unread[0]))
        return failed("no controller of Kourier, Istio, Contour or the Gateway API: no service gets an address")
    if bad := not_ready(layers):
        return failed(f"{ready_count(layers)}: {named(bad)}")
    return passed(f"{ready_count(layers)}: {named(key for key, _ in layers)}")


def _domain(ground: Ground) -> Finding:
    data = _data(ground, "config-domain")
    if isinstance(data, Finding):
        return data
    domains = [name for name in data if name != "svc.cluster.local"]
    if not domains:
        return warned("no domain is set: services have addresses inside of the cluster only")
    return passed(f"services are named under {named(domains)}")


def _scale_to_zero(ground: Ground) -> Finding:
    data = _data(ground, "config-autoscaler")
    if isinstance(data, Finding):
        return data
    value = data.get("enable-scale-to-zero")
    if value is None:
        return passed("enable-scale-to-zero is not set: Knative's own value is true")
    if value.strip().lower() in ("true", "1", "t"):
        return passed(f"enable-scale-to-zero is {value}")
    return failed(f"enable-scale-to-zero is {value}", fix=_fix("config-autoscaler", "enable-scale-to-zero", "true"))


def _flag(flag: str) -> Callable[[Ground], Finding]:
    def look(ground: Ground) -> Finding:
        data = _data(ground, "config-features")
        if isinstance(data, Finding):
            return data
        told, default = data.get(flag), FLAGS[flag]
        value = default if told is None or told.lower() not in _FLAG_VALUES else told.lower()
        evidence = _flag_evidence(flag, data, default)
        fix = _fix("config-features", flag, ENABLED)
        return failed(evidence, fix=fix) if value == DISABLED else passed(evidence)

    return look


def _flag_evidence(flag: str, data: Mapping[str, str], default: str) -> str:
    told = data.get(flag)
    if told is None and flag.startswith(MISSPELT.removesuffix("name")) and MISSPELT in data:
        return (
            f"only {MISSPELT} is set, the guide's misspelling, which Knative does not know: "
            f"the flag is {flag}, not set and {default}"
        )
    if told is None:
        return f"{flag} is not set: Knative's own value is {default}"
    if told.lower() not in _FLAG_VALUES:
        return f"{flag} is {told!r}, which Knative does not know: it stays {default}"
    return f"{flag} is {told}"


def _hpa(ground: Ground) -> Finding:
    found = ground.deployments(KNATIVE)
    if found is None:
        return unknown(ground.facts.why("deployments", KNATIVE))
    hpa = [(key, one) for key, one in found if one.name == "autoscaler-hpa"]
    if not hpa:
        return failed(f"no Deployment autoscaler-hpa in {KNATIVE}: the HPA class of autoscaling does not work")
    bad = not_ready(hpa)
    return failed(named(bad)) if bad else passed(f"autoscaler-hpa {hpa[0][1].ready} of {hpa[0][1].wanted} ready")


def _deadline(ground: Ground) -> Finding:
    data = _data(ground, "config-deployment")
    if isinstance(data, Finding):
        return data
    key = next((name for name in ("progress-deadline", "progressDeadline") if name in data), None)
    told = data[key] if key is not None else None
    seconds = DEFAULT_DEADLINE_SECONDS if told is None else seconds_of(told)
    fix = _fix("config-deployment", "progress-deadline", f"{DEADLINE_SECONDS:.0f}s")
    if seconds is None:
        return failed(f"{key} is {told!r}, which is no duration", fix=fix)
    name = "progress-deadline is not set: Knative's own value is" if key is None else f"{key} is"
    evidence = f"{name} {seconds:g} s, the guide's is {DEADLINE_SECONDS:g} s"
    return passed(evidence) if seconds >= DEADLINE_SECONDS else failed(evidence, fix=fix)


def seconds_of(text: str) -> float | None:
    """A Go duration (``1800s``, ``30m``, ``1h30m``) in seconds; ``None`` where it is none."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", text.strip())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _fix(config_map: str, key: str, value: str) -> SettingFix:
    return SettingFix(KNATIVE, config_map, ((key, value),))


def _flag_rule(flag: str) -> Rule:
    short = flag.removeprefix("kubernetes.")
    note = " The guide's patch misspells it." if flag.endswith("schedulername") else ""
    return Rule(
        f"knative.flag.{short}",
        SECTION,
        f"Knative allows {short}",
        f"`{flag}` is enabled or allowed" + (" (as it is unless set)" if FLAGS[flag] == ENABLED else ""),
        "it is disabled, or not set" if FLAGS[flag] == DISABLED else "it is disabled",
        f"Set {flag} to enabled in ConfigMap config-features: Run:ai's pods need it.{note}",
        _flag(flag),
        CONFIGURE,
        _patch("config-features", flag, ENABLED),
        rests_on=(API, SERVED),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        SERVED,
        SECTION,
        "Knative Serving is installed",
        f"the API serves {GROUP} with services, revisions, configurations and routes",
        "it does not",
        "Install Knative Serving.",
        _served,
        INSTALL,
        _INSTALL,
    ),
    Rule(
        "knative.running",
        SECTION,
        "Knative's Deployments run",
        "activator, autoscaler, controller and webhook are ready",
        "one is missing or not ready",
        "See what the pods in knative-serving wait for.",
        _running,
        INSTALL,
        (*_INSTALL[1:], "kubectl get pods -n knative-serving"),
        rests_on=(API, SERVED),
    ),
    Rule(
        "knative.networking",
        SECTION,
        "Knative has a networking layer",
        "the controller of Kourier, Istio, Contour or the Gateway API is ready",
        "there is none, or it is not ready",
        "Install one, such as Kourier: the guide leaves this step out, and without it no service becomes ready.",
        _layer,
        INSTALL,
        (
            "kubectl apply -f https://github.com/knative/net-kourier/releases/download/knative-v$knative/kourier.yaml",
            *_patch("config-network", "ingress-class", "kourier.ingress.networking.knative.dev"),
        ),
        rests_on=(API, SERVED),
    ),
    Rule(
        "knative.domain",
        SECTION,
        "Services have a domain",
        "ConfigMap config-domain names one; warns where it does not",
        "the ConfigMap is missing",
        "Name the domain under which endpoints are reached from outside; the guide uses LoadBalancers instead.",
        _domain,
        CONFIGURE,
        (
            "kubectl patch configmap/config-domain --namespace knative-serving --type merge --patch"
            """ '{"data":{"runai-inference.'$host'":""}}'""",
        ),
        rests_on=(API, SERVED),
    ),
    Rule(
        "knative.scale_to_zero",
        SECTION,
        "Knative may scale to zero",
        "`enable-scale-to-zero` is true, or not set",
        "it is false",
        "Set enable-scale-to-zero to true in ConfigMap config-autoscaler.",
        _scale_to_zero,
        CONFIGURE,
        _patch("config-autoscaler", "enable-scale-to-zero", "true"),
        rests_on=(API, SERVED),
    ),
    *map(_flag_rule, FLAGS),
    Rule(
        "knative.hpa",
        SECTION,
        "Knative can scale by HPA",
        "Deployment autoscaler-hpa is ready",
        "it is missing or not ready",
        "Install Knative's HPA extension.",
        _hpa,
        "Configure HPA for Autoscaling by Knative",
        (f"kubectl apply -f {_RELEASE}/serving-hpa.yaml",),
        rests_on=(API, SERVED),
    ),
    Rule(
        "knative.progress_deadline",
        SECTION,
        "Knative waits long enough for a NIM",
        f"`progress-deadline` is at least {DEADLINE_SECONDS:g} s",
        f"it is shorter, or not set (then it is {DEFAULT_DEADLINE_SECONDS:g} s)",
        "Set progress-deadline to 1800s or more in ConfigMap config-deployment: a first download takes long.",
        _deadline,
        "Update Knative timeout",
        _patch("config-deployment", "progress-deadline", "1800s"),
        rests_on=(API, SERVED),
    ),
)
