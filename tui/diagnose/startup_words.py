"""What clusters write when something does not start, and the cause that it means. Parts of sentences, never whole ones:
the wording moves between versions.

Each table is tried from its first line on; all words are lower case.
"""

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
    ("preempted", "was preempted"),
    ("pipelined", "was pipelined"),
    ("reservation_failed", "reservation pod"),
    ("config_map_missing", "missing required configmaps"),
    ("pvc_missing", 'persistentvolumeclaim " & not found'),
    ("pvc_unbound", "unbound immediate persistentvolumeclaims"),
    ("volume_zone", "volume node affinity conflict"),
    ("pvc_unbound", "persistent volumes to bind"),
    ("storage_class_missing", "no allocatable storage from storageclass"),
    ("gpu_memory_too_large", "enough resources: gpu memory"),
    ("gpu_memory_too_large", "gpu memory capacity of"),
    ("request_exceeds_node", "topped at"),
    ("node_selector", "no node in the & node-pool has"),
    ("insufficient_mig", "mig profile"),
    ("no_free_gpu", "enough resources: gpus"),
    ("no_free_gpu", "insufficient nvidia.com/gpu"),
    ("insufficient_cpu", "enough resources: cpu"),
    ("insufficient_cpu", "insufficient cpu"),
    ("insufficient_memory", "enough resources: memory"),
    ("insufficient_memory", "insufficient memory"),
    ("insufficient_pods", "pod number exceeded"),
    ("insufficient_pods", "too many pods"),
    ("insufficient_storage", "ephemeral-storage"),
    ("node_taint", "untolerated taint"),
    ("pod_affinity", "pod affinity"),
    ("pod_affinity", "anti-affinity"),
    ("node_selector", "node affinity/selector"),
    ("node_cordoned", "node is unschedulable"),
    ("node_cordoned", "node(s) were unschedulable"),
    ("node_not_ready", "notready condition"),
    ("over_quota", "over quota"),
)

# A structured reason says more than its text.
REASONS = {
    "NonPreemptibleOverQuota": "over_quota_non_preemptible",
    "OverLimit": "queue_limit",
    "QueueDoesNotExist": "queue_missing",
}

# Of a container's waiting reason together with its message.
PULL_REASONS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
PULL = _table(
    ("image_rate_limited", "toomanyrequests"),
    ("image_rate_limited", "rate limit"),
    ("registry_unreachable", "no such host"),
    ("registry_unreachable", "dial tcp"),
    ("registry_unreachable", "i/o timeout"),
    ("registry_unreachable", "x509:"),
    ("registry_unreachable", "handshake timeout"),
    ("registry_unreachable", "proxyconnect"),
    ("registry_unreachable", "deadline exceeded & awaiting headers"),
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
)
UNSTARTED = frozenset({"StartError", "ContainerCannotRun", "RunContainerError"})  # of a container that has ended
CREATE_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
CREATE = _table(
    ("secret_missing", "secret & not found"),
    ("secret_missing", "couldn't find key & secret"),
    ("config_map_missing", "configmap & not found"),
    ("config_map_missing", "couldn't find key & configmap"),
)

# Of a NIM's own log.
NIM_LOG = _table(
    ("ngc_key_refused", "401 & ngc"),
    ("ngc_key_refused", "authentication & ngc"),
    ("ngc_key_refused", "invalid & ngc & key"),
    ("ngc_key_refused", "ngc_api_key & not set"),
    ("ngc_key_refused", "authentication failure"),
    ("nim_licence", "403 & ngc"),
    ("nim_licence", "451 & ngc"),
    ("nim_licence", "unavailable for legal"),
    ("nim_licence", "entitlement"),
    ("nim_licence", "license & not"),
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
    ("nim_out_of_memory", "kv cache & not enough"),
    ("nim_out_of_memory", "insufficient gpu memory"),
    ("nim_download_failed", "no space left on device"),
    ("nim_download_failed", "download & failed"),
    ("nim_download_failed", "error downloading"),
    ("nim_download_failed", "could not download"),
    ("nim_download_failed", "fetching files & error"),
    ("nim_download_failed", "download & connection"),
    ("nim_download_failed", "error sending request for url"),
    ("nim_download_failed", "ngc & name resolution"),
    ("nim_download_failed", "ngc & timed out"),
)

# Of what refuses a pod when it is to be made.
REFUSALS = _table(
    ("priority_class_missing", "priorityclass & not found"),
    ("priority_class_missing", "no priorityclass with name"),
    ("namespace_missing", 'namespaces " & not found'),
)


def codes_of(text: str, table: Iterable[Words]) -> list[str]:
    """The codes of all lines of ``table`` whose words are all in ``text``, each once, in the table's order."""
    lower = text.lower()
    return list(dict.fromkeys(words.code for words in table if all(part in lower for part in words.parts)))


def code_of(text: str, table: Iterable[Words]) -> str | None:
    """The code of the first line of ``table`` whose words are all in ``text``."""
    lower = text.lower()
    return next((words.code for words in table if all(part in lower for part in words.parts)), None)
