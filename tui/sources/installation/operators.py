"""What is installed: the operators' policies, Deployments and StatefulSets, Prometheus objects, namespaces, storage."""

from typing import Any
from urllib.parse import quote

from tui.model.ids import ObjectKey
from tui.model.installation import Deployed, Policy, PrometheusObject
from tui.model.surroundings import Claim, StorageClass
from tui.sources.installation.crew import Asked, Crew, NotKnown
from tui.sources.installation.discovery import Api, read_api
from tui.sources.kinds.loose import count_at, dig, list_at, text_at
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import NotFound
from tui.sources.kubernetes.listing import claim_of, items_at, storage_class_of

# Where the charts of the guide, BCM and the operators' own documentation put what a NIM on Run:ai rests on.
OPERATOR_NAMESPACES = (
    "gpu-operator", "nvidia-gpu-operator", "network-operator", "nvidia-network-operator",
    "monitoring", "runai", "runai-backend",
    "knative-serving", "knative-operator", "knative-ingress", "kourier-system", "istio-system", "contour-external",
    "ingress-nginx", "nginx-ingress", "haproxy-controller", "metallb-system", "default", "kube-system",
)  # fmt: skip
QUEUE_LABEL = "runai/queue"
VERSION_LABEL = "app.kubernetes.io/version"

Namespaces = dict[str, str | None]  # name -> project


class OperatorsPart:
    """Asks what needs no discovery at once, and the rest in ``second``, when ``api`` and ``namespaces`` are known."""

    def __init__(self, crew: Crew, client: KubeClient) -> None:
        self._crew = crew
        self._client = client
        self.api: Asked[Api] = crew.ask("api", lambda: read_api(client))
        self.namespaces: Asked[Namespaces] = crew.ask("namespaces", lambda: _namespaces(client))
        path = "/apis/storage.k8s.io/v1/storageclasses"
        self.storage_classes: Asked[tuple[StorageClass, ...]] = crew.ask(
            "storage_classes", lambda: tuple(map(storage_class_of, items_at(client, path)))
        )
        self.claims: dict[str, Asked[tuple[Claim, ...]]] = {}
        self.deployments: dict[str, Asked[tuple[Deployed, ...]]] = {}

    def second(self, api: Api | None, namespaces: Namespaces | None, projects: tuple[str, ...]) -> None:
        """``projects``: the namespaces whose claims are to be read."""
        crew, client = self._crew, self._client
        self.cluster_policies: Asked[tuple[Policy, ...]] = crew.ask(
            "cluster_policies", lambda: tuple(map(policy_of, served(client, api, "nvidia.com", "clusterpolicies")))
        )
        self.nic_policies: Asked[tuple[Policy, ...]] = crew.ask(
            "nic_policies", lambda: tuple(map(policy_of, served(client, api, "mellanox.com", "nicclusterpolicies")))
        )
        self.prometheuses: Asked[tuple[PrometheusObject, ...]] = crew.ask(
            "prometheuses",
            lambda: tuple(map(prometheus_of, served(client, api, "monitoring.coreos.com", "prometheuses"))),
        )
        for name in OPERATOR_NAMESPACES:
            self.deployments[name] = self._deployments(name, namespaces is None or name in namespaces)
        for name in projects:
            self.claims[name] = self._claims(name)

    def _deployments(self, namespace: str, is_there: bool) -> Asked[tuple[Deployed, ...]]:
        base = f"/apis/apps/v1/namespaces/{namespace}"
        name = f"deployments/{namespace}"
        if not is_there:
            none: Asked[tuple[Deployed, ...]] = Asked(name)
            none.value = ()
            return none
        return self._crew.ask(
            name,
            lambda: tuple(
                deployed_of(item)
                for plural in ("deployments", "statefulsets")
                for item in items_at(self._client, f"{base}/{plural}")
            ),
        )

    def _claims(self, namespace: str) -> Asked[tuple[Claim, ...]]:
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/persistentvolumeclaims"
        return self._crew.ask(f"claims/{namespace}", lambda: tuple(map(claim_of, items_at(self._client, path))))


def served(client: KubeClient, api: Api | None, group: str, plural: str) -> list[object]:
    """All objects of a kind; none where it is not served. Raises a ``KubeError``, or ``NotKnown`` without discovery."""
    if api is None:
        raise NotKnown("what the API serves is not known: see API groups")
    if group in api.troubles:
        raise NotKnown(api.troubles[group])
    base = api.bases.get((group, plural))
    if base is None:
        return []
    try:
        return items_at(client, f"{base}/{plural}")
    except NotFound:  # the CRD went meanwhile
        return []


def policy_of(item: object) -> Policy:
    """Of a ClusterPolicy or NicClusterPolicy; the message is what its conditions or states say is wrong."""
    told = [text_at(item, "status", "reason")]
    for condition in list_at(item, "status", "conditions"):
        is_bad = (text_at(condition, "type") == "Error") == (text_at(condition, "status") == "True")
        told.append(text_at(condition, "message") if is_bad else None)
    told += [
        f"{text_at(state, 'name')}: {text_at(state, 'message') or text_at(state, 'state')}"
        for state in list_at(item, "status", "appliedStates")
        if text_at(state, "state") in ("error", "notReady")
    ]
    return Policy(
        text_at(item, "metadata", "name") or "",
        text_at(item, "status", "state"),
        "; ".join(dict.fromkeys(text for text in told if text)),
    )


def prometheus_of(item: object) -> PrometheusObject:
    """Of a Prometheus object; one that names no replicas wants one."""
    key = ObjectKey(text_at(item, "metadata", "namespace") or "", text_at(item, "metadata", "name") or "")
    wanted = count_at(item, "spec", "replicas")
    return PrometheusObject(key, 1 if wanted is None else wanted, count_at(item, "status", "availableReplicas"))


def deployed_of(item: object) -> Deployed:
    """Of a Deployment or StatefulSet. The API leaves ``readyReplicas`` out where it is 0 but says the generation."""
    wanted = count_at(item, "spec", "replicas")
    ready = count_at(item, "status", "readyReplicas")
    if ready is None and isinstance(dig(item, "status"), dict):
        ready = 0
    labels = dig(item, "metadata", "labels")
    return Deployed(
        text_at(item, "metadata", "name") or "",
        1 if wanted is None else wanted,
        ready,
        text_at(labels, VERSION_LABEL) or _image_tag(item),
    )


def _image_tag(item: object) -> str | None:
    """``1.2`` of ``registry:5000/name:1.2@sha256:...``."""
    first: Any = next(iter(list_at(item, "spec", "template", "spec", "containers")), None)
    name = (text_at(first, "image") or "").partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2] or None


def _namespaces(client: KubeClient) -> Namespaces:
    return {
        text_at(item, "metadata", "name") or "": text_at(dig(item, "metadata", "labels"), QUEUE_LABEL)
        for item in items_at(client, "/api/v1/namespaces")
    }
