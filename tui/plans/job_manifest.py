"""The Job that workers run in, as an object: from the settings to a manifest. Pure; no secret ever stands in it.

Each index has one pod and no second try (``backoffLimitPerIndex`` 0, Kubernetes 1.29): with a ``backoffLimit`` of 0 the
first pod that dies would end all the others. ``activeDeadlineSeconds`` and ``ttlSecondsAfterFinished`` clear it away
should nobody be left to delete it.
"""

from config.settings import LoadSettings
from tui.launch.marks import metadata
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change

RESOURCE = "jobs.batch"
CONTAINER = "worker"
COMMAND = ("nimdeck", "bench", "worker")
RUN = "nimdeck.io/load"  # label of Job and pods: the Job's name
INDEX = "batch.kubernetes.io/job-completion-index"
_TTL_SECONDS = 300
_GRACE_SECONDS = 5
_USER = 65532  # as the Containerfile says


def job_change(settings: LoadSettings, key: ObjectKey, workers: int, author: str = "") -> Change:
    """Make the Job. ``ValueError`` with one line where no image is set."""
    if settings.image is None:
        raise ValueError("load.image is not set: name the image of the workers there or in NIMDECK_LOAD_IMAGE")
    body: dict[str, JsonValue] = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _labelled(metadata(key.name, key.namespace, author), key.name),
        "spec": {
            "completionMode": "Indexed",
            "completions": workers,
            "parallelism": workers,
            "backoffLimitPerIndex": 0,
            "activeDeadlineSeconds": int(settings.longest_seconds),
            "ttlSecondsAfterFinished": _TTL_SECONDS,
            "template": {
                "metadata": _labelled({"labels": metadata("", "")["labels"]}, key.name),
                "spec": _pod(settings, key.name),
            },
        },
    }
    return Change("create", RESOURCE, key, f"create Job {key}", body=body)


def gone_change(created: JsonObject, key: ObjectKey, uid: str | None) -> Change:
    """Delete it with its pods; ``uid`` None where it is not known whether it was made."""
    return Change("delete", RESOURCE, key, f"delete Job {key}", replaces=created, owned=True, uid=uid)


def _pod(settings: LoadSettings, name: str) -> JsonObject:
    found: dict[str, JsonValue] = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {RUN: name}},
            }
        ],
        "containers": [_container(settings)],
    }
    if settings.node_selector:
        found["nodeSelector"] = dict(_pair(text) for text in settings.node_selector)
    if settings.tolerations:
        found["tolerations"] = [_toleration(text) for text in settings.tolerations]
    if settings.service_account:
        found["serviceAccountName"] = settings.service_account
    if settings.image_pull_secret:
        found["imagePullSecrets"] = [{"name": settings.image_pull_secret}]
    return found


def _container(settings: LoadSettings) -> JsonObject:
    """``stdinOnce`` false: its input stays open when nobody is attached, so that attaching again is possible."""
    room: JsonObject = {"cpu": settings.cpu, "memory": settings.memory}
    return {
        "name": CONTAINER,
        "image": settings.image,
        "command": list(COMMAND),
        "stdin": True,
        "stdinOnce": False,
        "resources": {"requests": room, "limits": room},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _labelled(found: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
    labels = found["labels"]
    assert isinstance(labels, dict)
    return {**found, "labels": {**labels, RUN: name}}


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def _toleration(text: str) -> JsonObject:
    """``key=value:Effect``; without a value any, without an effect all."""
    taint, _, effect = text.partition(":")
    key, equals, value = taint.partition("=")
    found: dict[str, JsonValue] = {"key": key, "operator": "Equal" if equals else "Exists"}
    if equals:
        found["value"] = value
    if effect:
        found["effect"] = effect
    return found
