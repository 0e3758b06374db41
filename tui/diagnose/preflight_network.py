"""Preflight, section Network: the ingress controller and its address, load balancers, the cluster's URL and what
answers there."""

import re
import shlex

from tui.diagnose.preflight_rule import (
    API,
    RUNAI,
    Finding,
    Ground,
    Rule,
    counted,
    failed,
    named,
    not_ready,
    passed,
    ready_count,
    unknown,
    warned,
)
from tui.model.ids import ObjectKey
from tui.model.installation import Certificate, ClusterUrl, Deployed, ServiceFact

SECTION = "Network"
INGRESS = "network.ingress"
URL = "network.cluster_url"
DNS = "network.dns"
TLS_SECRET = "runai-cluster-domain-tls-secret"
EXPIRY_WARN_DAYS = 30.0
DAY_SECONDS = 86400.0

_SPACES = ("ingress-nginx", "nginx-ingress", "default", "haproxy-controller", "kube-system")
_CONTROLLER = re.compile(r"nginx-ingress|ingress-nginx|haproxy-(kubernetes-)?ingress|haproxy-ingress", re.IGNORECASE)
_METALLB = "metallb-system"
_EXPOSE = "Expose Ingress Controller to use Public IP from the Metal LB pool"
_CERTS = "Create Certs and Private Keys"
# The guide's certificate has a common name alone, which today's clients do not look at: the alternative name is added.
_MAKE_CERTIFICATE = (
    "openssl genpkey -algorithm RSA -out $host.key -pkeyopt rsa_keygen_bits:2048",
    "openssl req -x509 -new -key $host.key -out $host.crt -days 365 -subj /CN=$host -addext subjectAltName=DNS:$host",
)
_REPLACE = (
    f"kubectl create secret tls {TLS_SECRET} -n runai --cert $host.crt --key $host.key --dry-run=client -o yaml"
    " | kubectl apply -f -",
)


def _controllers(ground: Ground) -> tuple[tuple[ObjectKey, Deployed], ...] | None:
    found = ground.deployments(*_SPACES)
    return None if found is None else tuple((key, one) for key, one in found if _CONTROLLER.search(one.name))


def _ingress(ground: Ground) -> Finding:
    found = _controllers(ground)
    if not found:
        unread = [name for name in _SPACES[:3] if name not in ground.facts.deployments]
        if found is None or unread:
            return unknown(ground.facts.why("deployments", unread[0]))
        return failed(f"no ingress controller in {named(_SPACES, 5)}")
    if bad := not_ready(found):
        return failed(f"{ready_count(found)}: {named(bad)}")
    return passed(f"{ready_count(found)}: {named(key for key, _ in found)}")


def _ingress_class(ground: Ground) -> Finding:
    classes = ground.facts.ingress_classes
    if classes is None:
        return unknown(ground.facts.why("ingress_classes"))
    if not classes:
        return failed("there is no IngressClass")
    return passed(f"{counted(len(classes), 'ingress class', 'ingress classes')}: {named(one.name for one in classes)}")


def _is_ingress(service: ServiceFact) -> bool:
    return bool(_CONTROLLER.search(service.key.name))


def _address(ground: Ground) -> Finding:
    balancers = ground.facts.load_balancers
    if balancers is None:
        return unknown(ground.facts.why("load_balancers"))
    ours = [one for one in balancers if _is_ingress(one)]
    if not ours:
        return failed("no ingress controller has a Service of type LoadBalancer", None, _expose(ground))
    bare = [one.key for one in ours if not one.addresses]
    if bare:
        return failed(
            f"{named(bare)} waits for an address",
            "See MetalLB: its pool may be used up, or it does not run.",
            ("kubectl get svc -A", f"kubectl describe svc {bare[0].name} -n {bare[0].namespace}"),
        )
    return passed(named(f"{one.key} {named(one.addresses)}" for one in ours))


def _expose(ground: Ground) -> tuple[str, ...]:
    """The guide's patch; the Service is called as BCM calls it, or as the controller that is there."""
    known = [key for key, _ in _controllers(ground) or ()]
    key = known[0] if known else ObjectKey("ingress-nginx", "ingress-nginx-controller")
    name, space = shlex.quote(key.name), shlex.quote(key.namespace)
    return (
        f"""kubectl patch svc {name} -n {space} -p '{{"spec": {{"type": "LoadBalancer"}}}}'""",
        "kubectl get svc -A",
    )


def _metallb(ground: Ground) -> Finding:
    found = ground.deployments(_METALLB)
    balanced = [one for one in ground.facts.load_balancers or () if one.addresses]
    if found:
        return _metallb_runs(ground, found, bool(balanced))
    if balanced:
        return passed(f"not MetalLB, but {len(balanced)} Services of type LoadBalancer have their address")
    if found is None:
        return unknown(ground.facts.why("deployments", _METALLB))
    return failed(f"no Deployment in {_METALLB}, and no Service of type LoadBalancer has an address")


def _metallb_runs(ground: Ground, found: tuple[tuple[ObjectKey, Deployed], ...], gives: bool) -> Finding:
    pools = ground.facts.address_pools
    if bad := not_ready(found):
        return failed(f"{ready_count(found)}: {named(bad)}")
    if pools == () and not gives:  # before 0.13 it took its pools from a ConfigMap: an address that is given counts
        return failed(f"{ready_count(found)} in {_METALLB}, but it has no pool of addresses")
    return passed(f"{ready_count(found)} in {_METALLB}" + (f", addresses {named(pools)}" if pools else ""))


def _others(ground: Ground) -> Finding:
    balancers = ground.facts.load_balancers
    if balancers is None:
        return unknown(ground.facts.why("load_balancers"))
    others = [one for one in balancers if not _is_ingress(one)]
    bare = [one.key for one in others if not one.addresses]
    if not others:
        return passed("there is no other Service of type LoadBalancer")
    if bare:
        return failed(f"{len(bare)} of {len(others)} Services of type LoadBalancer wait for an address: {named(bare)}")
    return passed(f"{counted(len(others), 'other Service')} of type LoadBalancer, all with an address")


def _tls_secret(ground: Ground) -> Finding:
    secrets = ground.facts.secrets.get(RUNAI)
    if secrets is None:
        return unknown(ground.facts.why("secrets", RUNAI))
    found = [one for one in secrets if one.name == TLS_SECRET]
    if not found:
        return failed(f"no Secret {RUNAI}/{TLS_SECRET}")
    if found[0].type not in (None, "kubernetes.io/tls"):
        return failed(f"Secret {RUNAI}/{TLS_SECRET} is of type {found[0].type}, not kubernetes.io/tls")
    return passed(f"Secret {RUNAI}/{TLS_SECRET}")


def _url(ground: Ground) -> Finding:
    url = ground.facts.cluster_url
    if url is None:
        return unknown(ground.facts.why("cluster_url"))
    if not url.host:
        return failed("the cluster has no URL" if not url.url else f"{url.url!r} names no host")
    if url.url.startswith("http://"):
        return warned(f"{url.url}: the guide's http, though its certificate is for https")
    return passed(url.url)


def _dns(ground: Ground) -> Finding:
    url = _known_url(ground)
    if url.addresses is None:
        return unknown(ground.facts.why("cluster_url", "addresses"))
    if not url.addresses:
        return failed(f"{url.host} does not resolve")
    evidence = f"{url.host} is {named(url.addresses)}"
    ours = [a for one in ground.facts.load_balancers or () if _is_ingress(one) for a in one.addresses]
    if ours and not set(ours) & set(url.addresses):
        return warned(
            f"{evidence}; the ingress controller is {named(ours)}", "Right where a proxy or NAT stands between."
        )
    return passed(evidence)


def _known_url(ground: Ground) -> ClusterUrl:
    return ground.facts.cluster_url or ClusterUrl("", "")


def _certificate(ground: Ground) -> Certificate | Finding:
    return _known_url(ground).certificate or unknown(ground.facts.why("cluster_url", "certificate"))


def _name(ground: Ground) -> Finding:
    certificate, host = _certificate(ground), _known_url(ground).host
    if isinstance(certificate, Finding):
        return certificate
    evidence = f"the certificate is for {named(certificate.names) or 'no name'}"
    if not any(_covers(name, host) for name in certificate.names):
        return failed(f"{evidence}, not for {host}")
    return passed(evidence + (", self-signed" if certificate.self_signed else ""))


def _covers(name: str, host: str) -> bool:
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def _expiry(ground: Ground) -> Finding:
    certificate = _certificate(ground)
    if isinstance(certificate, Finding):
        return certificate
    if certificate.not_after is None:
        return unknown("the certificate's end could not be read")
    days = (certificate.not_after - ground.facts.at) / DAY_SECONDS
    if days < 0:
        return failed(f"the certificate has expired {-days:.0f} days ago")
    evidence = f"the certificate is good for {days:.0f} more days"
    return warned(evidence) if days < EXPIRY_WARN_DAYS else passed(evidence)


RULES: tuple[Rule, ...] = (
    Rule(
        INGRESS,
        SECTION,
        "An ingress controller runs",
        "the Deployment of NGINX or HAProxy as ingress controller is ready",
        "there is none, or it is not ready",
        "Install an ingress controller.",
        _ingress,
        "Installing Nginx",
        (
            "helm repo add nginx-stable https://helm.nginx.com/stable",
            "helm repo update",
            "helm install nginx-ingress nginx-stable/nginx-ingress --set rbac.create=true",
        ),
    ),
    Rule(
        "network.ingress_class",
        SECTION,
        "There is an IngressClass",
        "there is one",
        "there is none",
        "The ingress controller's chart makes it: install the controller again.",
        _ingress_class,
        "Installing Nginx",
        ("kubectl get ingressclasses",),
    ),
    Rule(
        "network.metallb",
        SECTION,
        "A load balancer gives out addresses",
        "MetalLB's Deployments are ready, or Services of type LoadBalancer have addresses",
        "MetalLB is not ready, or nothing gives out addresses",
        "Install MetalLB (BCM's Kubernetes set-up offers it) and give it a pool of addresses.",
        _metallb,
        _EXPOSE,
        ("kubectl get pods -n metallb-system", "kubectl get ipaddresspools -n metallb-system"),
    ),
    Rule(
        "network.ingress_address",
        SECTION,
        "The ingress controller has an address outside",
        "its Service is of type LoadBalancer and has an address",
        "it is not of that type, or waits for an address",
        "Expose the ingress controller.",
        _address,
        _EXPOSE,
        rests_on=(API, INGRESS, "network.metallb"),
    ),
    Rule(
        "network.load_balancers",
        SECTION,
        "All other load balancers have an address",
        "all other Services of type LoadBalancer have one",
        "one waits for its address",
        "See MetalLB: its pool of addresses may be used up.",
        _others,
        _EXPOSE,
        ("kubectl get svc -A",),
        rests_on=(API, "network.metallb"),
    ),
    Rule(
        "network.tls_secret",
        SECTION,
        "The certificate of the cluster's URL is there",
        f"Secret {TLS_SECRET} is in namespace runai",
        "it is not, or is of another type",
        "Make the certificate and put it there.",
        _tls_secret,
        "Install Run:ai Cluster",
        (*_MAKE_CERTIFICATE, *_REPLACE),
    ),
    Rule(
        URL,
        SECTION,
        "The cluster has a URL",
        "it has one with https; warns of http",
        "it has none",
        "Give the cluster an https URL, with --set cluster.url of its chart and in Run:ai under Clusters.",
        _url,
        "Install Run:ai Cluster",
        ("helm upgrade runai-cluster runai/runai-cluster -n runai --reuse-values --set cluster.url=https://$host",),
        rests_on=(),
    ),
    Rule(
        DNS,
        SECTION,
        "The URL's name resolves",
        "it does; warns where it is not the ingress controller's address",
        "it does not",
        "Map the name to the ingress controller's address in your DNS.",
        _dns,
        "Update DNS Server",
        ("kubectl get svc -A", "nslookup $host"),
        rests_on=(URL,),
    ),
    Rule(
        "network.certificate_name",
        SECTION,
        "The certificate is for the URL's name",
        "one of its names covers the host",
        "none does",
        "Make a certificate for this name; the guide's lacks the alternative name that clients look at.",
        _name,
        _CERTS,
        (*_MAKE_CERTIFICATE, *_REPLACE),
        rests_on=(DNS,),
    ),
    Rule(
        "network.certificate_expiry",
        SECTION,
        "The certificate has not expired",
        f"it is good for {EXPIRY_WARN_DAYS:g} days or more; warns below",
        "it has expired",
        "Make a new certificate and put it in place of the old one.",
        _expiry,
        _CERTS,
        (*_MAKE_CERTIFICATE, *_REPLACE),
        rests_on=(DNS,),
    ),
)
