"""What clusters write when something does not start, and the cause that it means. Parts of sentences, never whole ones:
the wording moves between versions.

Each table is tried from its first line on; all words are lower case.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple


class Words(NamedTuple):
    """``code`` is meant when every one of ``parts`` is in the text."""

    code: str
    parts: tuple[str, ...]


def _table(*lines: tuple[str, str]) -> tuple[Words, ...]:
    return tuple(Words(code, tuple(text.split(" & "))) for code, text in lines)


# Of PodGroup reasons, PodScheduled conditions and the schedulers' events. The narrow ones come before the wide ones.
SCHEDULER = _table(
    ("over_quota_non_preemptible", "non-preemptible & over quota"),
    ("queue_limit", "allowable limit"),
    ("queue_missing", "queue & does not exist"),
    ("gang_incomplete", "gang scheduling"),
    ("gang_incomplete", "not ready for scheduling"),
    ("gang_incomplete", "can allocate only & required pods"),
    ("preempted", "was preempted"),
    ("pipelined", "was pipelined"),
    ("reservation_failed", "reservation pod"),
    ("config_map_missing", "missing required configmaps"),
    ("pvc_missing", 'persistentvolumeclaim " & not found'),
    ("pvc_missing", 'persistentvolumeclaim " & is being deleted'),
    ("pvc_missing", "deleted storage claims"),
    ("pvc_unbound", "unbound immediate persistentvolumeclaims"),
    ("pvc_access_mode", "readwriteoncepod access mode"),
    ("pvc_unbound", "binding volumes"),
    ("pvc_unbound", 'persistentvolume " & not found'),
    ("pvc_unbound", "bound to non-existent persistentvolume"),
    ("volume_zone", "volume node affinity conflict"),
    ("volume_zone", "persistentvolume's node affinity"),
    ("volume_zone", "no available volume zone"),
    ("pvc_unbound", "persistent volumes to bind"),
    ("storage_class_missing", "no allocatable storage from storageclass"),
    ("gpu_memory_too_large", "enough resources: gpu memory"),
    ("gpu_memory_too_large", "gpu memory capacity of"),
    ("request_exceeds_node", "topped at"),
    ("node_selector", "no node in the & node-pool has"),
    ("no_gpu_nodes", "no nodes available to schedule"),
    ("node_uses_mig", "migstrategy="),
    ("gpu_operator_not_ready", "gpu memory count on the node was not synced"),
    ("gpu_operator_not_ready", "devices unavailable for nvidia.com/"),
    ("insufficient_mig", "mig profile"),
    ("insufficient_mig", "mig job cannot be scheduled"),
    ("insufficient_mig", "insufficient nvidia.com/mig-"),
    ("no_free_gpu", "enough resources: gpus"),
    ("no_free_gpu", "enough resource: nvidia.com/gpu"),
    ("no_free_gpu", "insufficient nvidia.com/gpu"),
    ("insufficient_cpu", "enough resources: cpu"),
    ("insufficient_cpu", "enough resource: cpu"),
    ("insufficient_cpu", "insufficient cpu"),
    ("insufficient_memory", "enough resources: memory"),
    ("insufficient_memory", "enough resource: memory"),
    ("insufficient_memory", "insufficient memory"),
    ("insufficient_pods", "pod number exceeded"),
    ("insufficient_pods", "too many pods"),
    ("insufficient_storage", "ephemeral-storage"),
    ("insufficient_storage", "enough free storage"),
    ("insufficient_resource", "max volume count"),
    ("insufficient_resource", "free ports for the requested"),
    ("insufficient_resource", "cannot allocate all claims"),
    ("node_cordoned", "node is unschedulable"),
    ("node_cordoned", "node(s) were unschedulable"),
    ("node_not_ready", "notready condition"),
    ("node_not_ready", "taint {node.kubernetes.io/not-ready"),
    ("node_not_ready", "taint {node.kubernetes.io/unreachable"),
    ("node_cordoned", "taint {node.kubernetes.io/unschedulable"),
    ("node_taint", "untolerated taint"),
    ("node_taint", "that the pod didn't tolerate"),
    ("node_taint", "pressure condition"),
    ("pod_affinity", "pod affinity"),
    ("pod_affinity", "anti-affinity"),
    ("pod_affinity", "topology spread constraints"),
    ("node_selector", "node affinity/selector"),
    ("node_selector", "match node selector"),
    ("node_selector", "requested topology & does not exist"),
    ("node_selector", "can't run on non "),
    ("node_selector", "cannot be scheduled on dra-only"),
    ("over_quota", "over quota"),
)

# A structured reason says more than its text.
REASONS = {
    "NonPreemptibleOverQuota": "over_quota_non_preemptible",
    "OverLimit": "queue_limit",
    "QueueDoesNotExist": "queue_missing",
}

# Of a container's waiting reason together with its message.
PULL_REASONS = frozenset(
    {
        *("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"),
        *("RegistryUnavailable", "SignatureValidationFailed"),
    }
)
PULL = _table(
    ("insufficient_storage", "no space left on device"),
    ("container_create_failed", "signaturevalidationfailed"),
    ("image_rate_limited", "toomanyrequests"),
    ("image_rate_limited", "too many requests"),
    ("image_rate_limited", "rate limit"),
    ("image_rate_limited", "pull qps exceeded"),
    ("registry_unreachable", "no such host"),
    ("registry_unreachable", "dial tcp"),
    ("registry_unreachable", "i/o timeout"),
    ("registry_unreachable", "x509:"),
    ("registry_unreachable", "handshake timeout"),
    ("registry_unreachable", "proxyconnect"),
    ("registry_unreachable", "deadline exceeded"),
    ("registry_unreachable", "client.timeout"),
    ("registry_unreachable", "context canceled"),
    ("registry_unreachable", "connection re"),  # refused, reset by peer
    ("registry_unreachable", "server gave http response"),
    ("registry_unreachable", ": eof"),
    ("registry_unreachable", "unexpected eof"),
    ("registry_unreachable", "internal server error"),
    ("registry_unreachable", "bad gateway"),
    ("registry_unreachable", "service unavailable"),
    ("registry_unreachable", "gateway time"),
    ("registry_unreachable", "registryunavailable"),
    ("image_unauthorized", "payment required"),
    ("image_unauthorized", "no basic auth"),
    ("image_unauthorized", "authorization token"),
    ("image_unauthorized", "unauthorized"),
    ("image_unauthorized", "forbidden"),
    ("image_unauthorized", " 401"),
    ("image_unauthorized", " 403"),
    ("image_unauthorized", "denied"),
    ("image_unauthorized", "authentication required"),
    ("image_unauthorized", "authorization failed"),
    ("image_not_found", "not found"),
    ("image_not_found", "manifest unknown"),
    ("image_not_found", "does not exist"),
    ("image_not_found", "invalid reference"),
    ("image_not_found", "name unknown"),
    ("image_not_found", "not known to registry"),
    ("image_not_found", "short name"),
    ("image_not_found", "short-name"),
    ("image_not_found", "no matching manifest"),
)
UNSTARTED = frozenset({"StartError", "ContainerCannotRun", "RunContainerError"})  # of a container that has ended
CONFIG_ERROR = "CreateContainerConfigError"
CREATE_REASONS = frozenset(
    {CONFIG_ERROR, "CreateContainerError", "RunContainerError", "PreCreateHookError", "PreStartHookError"}
)
CREATE = _table(
    ("secret_missing", 'secret " & not found'),
    ("secret_missing", "couldn't find key & secret"),
    ("secret_missing", "non-existent secret key"),
    ("config_map_missing", 'configmap " & not found'),
    ("config_map_missing", "couldn't find key & configmap"),
    ("config_map_missing", "configmap & non-existent config key"),
)

# Of a pod that the kubelet or a controller gave up: its reason with its message.
FAILED = _table(
    ("insufficient_storage", "evicted & ephemeral"),
    ("insufficient_storage", "evicted & disk"),
    ("insufficient_storage", "evicted & inodes"),
    ("insufficient_storage", "evicted & emptydir"),
    ("insufficient_memory", "evicted & memory"),
    ("insufficient_resource", "evicted & pids"),
    ("node_selector", "nodeaffinity"),
    ("preempted", "preempt"),
    ("node_not_ready", "node shutdown"),
    ("node_not_ready", "nodelost"),
    ("insufficient_pods", "outofpods"),
)

# Of a NIM's own log.
NIM_LOG = _table(
    ("container_crash", "shared memory (shm)"),
    ("container_crash", "no space left on device & /dev/shm"),
    ("container_crash", "no space left on device & torch_"),
    ("nim_download_failed", "proxy & authentication"),
    ("nim_download_failed", "tunnel error"),
    ("nim_licence", "gated repo"),
    ("nim_licence", "access to model & is restricted"),
    ("ngc_key_refused", "401 & ngc"),
    ("ngc_key_refused", "authentication & ngc"),
    ("ngc_key_refused", "invalid & ngc & key"),
    ("ngc_key_refused", "ngc & key & expired"),
    ("ngc_key_refused", "unauthorized & ngc"),
    ("ngc_key_refused", "authentication error"),
    ("ngc_key_refused", "ngc_api_key & not set"),
    ("ngc_key_refused", "authentication failure"),
    ("nim_licence", "403 & ngc"),
    ("nim_licence", "451 & ngc"),
    ("nim_licence", "unavailable for legal"),
    ("nim_licence", "entitlement"),
    ("nim_licence", "license & not accepted"),
    ("nim_licence", "license & not valid"),
    ("nim_licence", "license & invalid"),
    ("nim_licence", "license & expired"),
    ("nim_no_profile", "no compatible profile"),
    ("nim_no_profile", "profile & not compatible"),
    ("nim_no_profile", "no profile & found"),
    ("nim_no_profile", "nim_model_profile & not"),
    ("nim_no_profile", "could not find a profile"),
    ("nim_no_profile", "could not match a profile"),
    ("nim_no_profile", "not match & profile & manifest"),
    ("nim_out_of_memory", "cuda out of memory"),
    ("nim_out_of_memory", "outofmemoryerror"),
    ("nim_out_of_memory", "out of memory"),
    ("nim_out_of_memory", "no available memory for the cache blocks"),
    ("nim_out_of_memory", "free memory on device & less than"),
    ("nim_out_of_memory", "larger than the available kv cache"),
    ("nim_out_of_memory", "tokens that can be stored in kv cache"),
    ("nim_out_of_memory", "kv cache & not enough"),
    ("nim_out_of_memory", "insufficient gpu memory"),
    ("nim_download_failed", "no space left on device"),
    ("nim_download_failed", "download & failed"),
    ("nim_download_failed", "error downloading"),
    ("nim_download_failed", "could not download"),
    ("nim_download_failed", "fetching files & error"),
    ("nim_download_failed", "download & connection"),
    ("nim_download_failed", "error sending request for url"),
    ("nim_download_failed", "name resolution"),
    ("nim_download_failed", "certificate verify failed"),
    ("nim_download_failed", "max retries exceeded"),
    ("nim_download_failed", "404 & ngc"),
    ("nim_download_failed", "429 & ngc"),
    ("nim_download_failed", "status server error"),
    ("nim_download_failed", "checksum"),
    ("nim_download_failed", "disk quota exceeded"),
    ("nim_download_failed", "read-only file system & .cache"),
    ("nim_download_failed", "error & huggingface.co"),
    ("nim_download_failed", "permission denied & .cache"),
    ("nim_download_failed", "permission denied (os error"),
    ("nim_download_failed", "ngc & timed out"),
)

# Of what refuses a pod when it is to be made.
REFUSALS = _table(
    ("priority_class_missing", "priorityclass & not found"),
    ("priority_class_missing", "no priorityclass with name"),
    ("namespace_missing", 'namespaces " & not found'),
    ("admission_refused", "denied the request"),
    ("admission_refused", "failed calling webhook"),
    ("admission_refused", "is forbidden:"),
    ("admission_refused", "exceeded quota"),
)

# Schedulers name every other resource as the nodes do: with a slash, or as a size of huge pages.
_CONTROL_PLANE = re.compile(r"\d+ node\(s\) had untolerated taint \{node-role\.kubernetes\.io/[^}]*\}")  # as ever
_LACKING = re.compile(r"(?:insufficient|enough resources?:) (?!nvidia\.com/)(?:[a-z0-9.-]+/|hugepages-)")


def codes_of(text: str, table: Iterable[Words]) -> list[str]:
    """The codes of all lines of ``table`` whose words are all in ``text``, each once, in the table's order."""
    lower = text.lower()
    return list(dict.fromkeys(words.code for words in table if all(part in lower for part in words.parts)))


def scheduler_codes(text: str) -> list[str]:
    """What a scheduler's words mean. What it says of preemption is about other pods, and left out; so are nodes of the
    control plane, unless it speaks of nothing else."""
    said = text.partition(" preemption: ")[0]
    found = codes_of(_CONTROL_PLANE.sub("", said), SCHEDULER) or codes_of(said, SCHEDULER)
    return [*found, "insufficient_resource"] if _LACKING.search(said.lower()) else found


def code_of(text: str, table: Iterable[Words]) -> str | None:
    """The code of the first line of ``table`` whose words are all in ``text``."""
    lower = text.lower()
    return next((words.code for words in table if all(part in lower for part in words.parts)), None)
