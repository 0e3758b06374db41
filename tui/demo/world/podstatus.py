"""The states of a pod's life, written into its ``status`` as the scheduler and the kubelet write them. In place."""

from typing import Any

from tui.demo.objects import Json
from tui.demo.world.naming import Names, rfc3339

_ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def set_condition(status: Json, kind: str, value: str, at: float, reason: str = "", message: str = "") -> None:
    """Sets one condition; the transition time moves only when the status does."""
    conditions: list[Json] = status.setdefault("conditions", [])
    found = next((entry for entry in conditions if entry["type"] == kind), None)
    if found is None:
        found = {"type": kind, "status": "", "lastProbeTime": None, "lastTransitionTime": rfc3339(at)}
        conditions.append(found)
        conditions.sort(key=lambda entry: _ORDER.index(entry["type"]) if entry["type"] in _ORDER else len(_ORDER))
    if found["status"] != value:
        found |= {"status": value, "lastTransitionTime": rfc3339(at)}
    for key, text in (("reason", reason), ("message", message)):
        if text:
            found[key] = text
        else:
            found.pop(key, None)


def unschedulable(pod: Json, message: str, at: float) -> None:
    pod["status"]["phase"] = "Pending"
    set_condition(pod["status"], "PodScheduled", "False", at, "Unschedulable", message)


def scheduled(pod: Json, node: str, at: float) -> None:
    pod["spec"]["nodeName"] = node
    set_condition(pod["status"], "PodScheduled", "True", at)


def starting(pod: Json, host_ip: str, at: float) -> None:
    """The kubelet has taken the pod up: volumes are mounted, images are looked at."""
    status = pod["status"]
    status |= {"hostIP": host_ip, "hostIPs": [{"ip": host_ip}], "startTime": rfc3339(at)}
    set_condition(status, "PodReadyToStartContainers", "False", at)
    set_condition(status, "Initialized", "True", at)
    _unready(pod, at)
    status["containerStatuses"] = [
        _container(pod, index, {"waiting": {"reason": "ContainerCreating"}})
        for index in range(len(pod["spec"]["containers"]))
    ]


def running(names: Names, pod: Json, pod_ip: str, at: float) -> None:
    """All containers run; those with a NIM in them are not ready yet."""
    status = pod["status"]
    status |= {"phase": "Running", "podIP": pod_ip, "podIPs": [{"ip": pod_ip}]}
    set_condition(status, "PodReadyToStartContainers", "True", at)
    _unready(pod, at)
    started = {"running": {"startedAt": rfc3339(at)}}
    before = {entry["name"]: entry for entry in status.get("containerStatuses", [])}
    status["containerStatuses"] = [
        _container(pod, index, started, before=before.get(container["name"]))
        for index, container in enumerate(pod["spec"]["containers"])
    ]
    for entry in status["containerStatuses"]:
        image, uid = entry["image"], pod["metadata"]["uid"]
        entry["imageID"] = f"{image.rsplit(':', 1)[0]}@sha256:{names.hex('image', image)}"
        entry["containerID"] = f"containerd://{names.hex(uid, entry['name'], entry['restartCount'])}"
        entry["started"] = True


def ready(pod: Json, at: float) -> None:
    for entry in pod["status"]["containerStatuses"]:
        entry["ready"] = True
    set_condition(pod["status"], "Ready", "True", at)
    set_condition(pod["status"], "ContainersReady", "True", at)


def waiting(pod: Json, container: str, reason: str, message: str, at: float) -> None:
    """One container waits for ``reason`` (``ImagePullBackOff``, ``CrashLoopBackOff``, ...)."""
    _unready(pod, at)
    for entry in pod["status"]["containerStatuses"]:
        if entry["name"] == container:
            entry |= {"state": {"waiting": {"reason": reason, "message": message}}, "ready": False, "started": False}


def crashed(pod: Json, container: str, restarts: int, exit_code: int, reason: str, at: float) -> None:
    """The container has ended ``restarts`` times, last at ``at`` (Unix seconds), and waits to be started again."""
    delay = min(300, 10 * 2 ** (restarts - 1))
    shown = f"{delay // 60}m{delay % 60}s" if delay >= 60 else f"{delay}s"
    message = (
        f"back-off {shown} restarting failed container={container} pod={pod['metadata']['name']}_"
        f"{pod['metadata']['namespace']}({pod['metadata']['uid']})"
    )
    began = _started_at(pod, container) or rfc3339(at - 40)
    waiting(pod, container, "CrashLoopBackOff", message, at)
    for entry in pod["status"]["containerStatuses"]:
        if entry["name"] == container:
            entry["restartCount"] = restarts
            entry["lastState"] = {
                "terminated": {
                    "exitCode": exit_code,
                    "reason": reason,
                    "startedAt": began,
                    "finishedAt": rfc3339(at),
                    "containerID": entry.get("containerID", ""),
                }
            }


def ended(pod: Json, exit_code: int, at: float) -> None:
    """The containers of a pod that is not started again have ended."""
    status = pod["status"]
    status["phase"] = "Failed" if exit_code else "Succeeded"
    for entry in status["containerStatuses"]:
        began = _started_at(pod, entry["name"]) or rfc3339(at)
        told = {"exitCode": exit_code, "reason": "Error" if exit_code else "Completed"}
        times = {"startedAt": began, "finishedAt": rfc3339(at), "containerID": entry.get("containerID", "")}
        entry |= {"state": {"terminated": told | times}, "ready": False, "started": False}
    reason = "PodFailed" if exit_code else "PodCompleted"
    for kind in ("Ready", "ContainersReady"):
        set_condition(status, kind, "False", at, reason)


def _started_at(pod: Json, container: str) -> str | None:
    for entry in pod["status"]["containerStatuses"]:
        if entry["name"] == container and "running" in entry["state"]:
            return str(entry["state"]["running"]["startedAt"])
    return None


def _unready(pod: Json, at: float) -> None:
    names = " ".join(container["name"] for container in pod["spec"]["containers"])
    message = f"containers with unready status: [{names}]"
    for kind in ("Ready", "ContainersReady"):
        set_condition(pod["status"], kind, "False", at, "ContainersNotReady", message)


def _container(pod: Json, index: int, state: dict[str, Any], *, before: Json | None = None) -> Json:
    container = pod["spec"]["containers"][index]
    return {
        "name": container["name"],
        "state": state,
        "lastState": (before or {}).get("lastState", {}),
        "ready": False,
        "restartCount": (before or {}).get("restartCount", 0),
        "image": container["image"],
        "imageID": "",
        "started": False,
    }
