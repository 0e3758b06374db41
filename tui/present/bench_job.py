"""What a run whose workers are pods makes in the cluster, in words, before anybody says yes. Pure."""

from config.settings import LoadSettings
from tui.model.quantity import parse_quantity
from tui.present import format as fmt

NO_CLUSTER = "pods need a cluster, and none is connected: local:N loads from here"
NO_IMAGE = "load.image is not set: name the image there or in NIMDECK_LOAD_IMAGE, or use local:N"
READ_ONLY = "nimdeck runs read-only: workers in pods change the cluster; use local:N, or start without --read-only"


def confirm_words(settings: LoadSettings, namespace: str, pods: int) -> list[str]:
    """Job, pods, image, resources, where they may run, and that they go again."""
    count = f"{pods:,} pod{'' if pods == 1 else 's'}"
    lines = [
        f"Makes an Indexed Job nimdeck-load-… of {count} in namespace {namespace}.",
        f"Image: {settings.image}",
        f"Each pod: {settings.cpu} CPU, {settings.memory} memory, no GPU{_together(settings, pods)}.",
    ]
    if settings.node_selector:
        lines.append(f"Only on nodes with {', '.join(settings.node_selector)}.")
    if settings.tolerations:
        lines.append(f"Tolerates {', '.join(settings.tolerations)}.")
    accounts = (("service account", settings.service_account), ("pull secret", settings.image_pull_secret))
    if named := [f"{what} {name}" for what, name in accounts if name]:
        lines.append(f"With {', '.join(named)}.")
    start, longest = fmt.age(settings.start_seconds), fmt.age(settings.longest_seconds)
    lines.append(f"Waits {start} at most until all of them run.")
    lines.append(f"Deleted when the run ends, however it ends; by the cluster itself after {longest}.")
    return lines


def _together(settings: LoadSettings, pods: int) -> str:
    cpu, memory = parse_quantity(settings.cpu), parse_quantity(settings.memory)
    if pods == 1 or cpu is None or memory is None:
        return ""
    return f"; together {cpu * pods:g} CPU, {fmt.size(memory * pods)}"
