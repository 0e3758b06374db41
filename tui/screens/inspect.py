"""Opening the pages of text about an object: YAML, description, logs. One place, for lists and details alike."""

from collections.abc import Sequence
from typing import Any

from tui.launch.hidden import hide
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.workload import Workload
from tui.present.pods import gpu_ask, node_facts, pod_status
from tui.present.workload_facts import describe, workload_facts
from tui.screens.base import DeckScreen

# The kinds of WorkloadKey.kind as the API's paths name them.
KIND_PATHS = {
    "InferenceWorkload": "inferenceworkloads.run.ai",
    "DistributedInferenceWorkload": "distributedinferenceworkloads.run.ai",
    "TrainingWorkload": "trainingworkloads.run.ai",
    "InteractiveWorkload": "interactiveworkloads.run.ai",
    "DistributedWorkload": "distributedworkloads.run.ai",
    "Service": "services.serving.knative.dev",
    "NIMService": "nimservices.apps.nvidia.com",
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "ReplicaSet": "replicasets.apps",
    "Job": "jobs.batch",
    "Pod": "pods",
}


def open_text(screen: DeckScreen, title: str, text: str, language: str = "describe") -> None:
    """Show a page that is there already."""
    from tui.screens.text_screen import TextScreen

    screen.app.push_screen(TextScreen(title, lambda: text, language))


def open_yaml(screen: DeckScreen, kind: str, namespace: str, name: str) -> None:
    """Show the object as Kubernetes has it; Secrets without their values."""
    from tui.screens.text_screen import TextScreen

    feed = screen.deck.feed
    source = None if feed is None else feed.kubernetes

    def load() -> str:
        if source is None:
            raise ValueError("a recording holds no YAML: it is read from the live cluster")
        return yaml_text(source.get_object(kind, ObjectKey(namespace, name)))

    screen.app.push_screen(TextScreen(f"{kind.partition('.')[0]}/{name}", load, "yaml"))


def yaml_text(found: dict[str, Any]) -> str:
    """Block style, in the object's own order of keys, credentials hidden."""
    import yaml

    text: str = yaml.safe_dump(hide(found), sort_keys=False, allow_unicode=True, width=10_000)
    return text


def open_workload_yaml(screen: DeckScreen, workload: Workload) -> None:
    """The YAML of the object that makes the workload."""
    kind = KIND_PATHS.get(workload.key.kind)
    if kind is None:
        screen.notify(f"nimdeck does not know where a {workload.key.kind} is kept", severity="warning")
        return
    open_yaml(screen, kind, workload.key.namespace, workload.key.name)


def open_logs(screen: DeckScreen, title: str, pods: Sequence[ObjectKey]) -> None:
    """Follow the logs of ``pods``."""
    from tui.screens.log_screen import LogScreen

    screen.app.push_screen(LogScreen(title, pods))


def open_why(screen: DeckScreen, subject: ObjectKey | WorkloadKey) -> None:
    """Tell why a pod or a workload waits, or that it does not."""
    from tui.screens.why_screen import WhyScreen

    screen.app.push_screen(WhyScreen(subject))


def describe_node(screen: DeckScreen, node: Node) -> None:
    """Everything known of a node on one page."""
    snapshot, now = screen.deck.snapshot, screen.deck.now()
    pods = [snapshot.pods[key] for key in node.pods if key in snapshot.pods]
    sections = [
        ("GPUs", [_gpu_line(node, place) for place in range(len(node.gpus))]),
        ("GPU pods", [f"{pod.key}  {pod_status(pod)}  asks {gpu_ask(pod)}" for pod in pods]),
        (
            "Conditions",
            [f"{c.type} {c.status}  {c.reason}  {c.message}".rstrip() for c in node.object.conditions]
            if node.object
            else [],
        ),
        ("Events", _event_lines(screen, frozenset({node.name}))),
    ]
    open_text(screen, f"node {node.name}", describe(f"Node {node.name}", node_facts(node, now), sections))


def describe_workload(screen: DeckScreen, workload: Workload) -> None:
    """Everything known of a workload on one page."""
    snapshot, now = screen.deck.snapshot, screen.deck.now()
    pods = [snapshot.pods[key] for key in workload.pods if key in snapshot.pods]
    names = frozenset({workload.key.name, *(key.name for key in workload.pods)})
    sections = [
        ("Pods", [f"{pod.key.name}  {pod_status(pod)}  {pod.node or 'no node'}  asks {gpu_ask(pod)}" for pod in pods]),
        ("Conditions", [f"{c.type} {c.status}  {c.reason}  {c.message}".rstrip() for c in workload.conditions]),
        ("Events", _event_lines(screen, names)),
    ]
    title = f"{workload.type} {workload.key}"
    open_text(screen, f"describe {workload.key.name}", describe(title, workload_facts(workload, now), sections))


def _gpu_line(node: Node, place: int) -> str:
    gpu = node.gpus[place]
    holders = ", ".join(
        f"{part.workload.name if part.workload else part.pod.name} {part.fraction}" for part in gpu.slices
    )
    return f"GPU {gpu.id.gpu}  {gpu.uuid or 'no UUID'}  {holders or 'free'}"


def _event_lines(screen: DeckScreen, names: frozenset[str]) -> list[str]:
    found = [event for event in screen.deck.snapshot.events if event.object.name in names]
    return [
        f"{event.severity}  {event.reason}  ×{event.count}  {' '.join(event.message.split())}" for event in found[:40]
    ]
