"""What lies outside the cluster or beneath it and may fail: registries, NGC, storage servers, what is in an image.

A scenario sets it up before it plants; the kubelets, the binder and the operator ask it. Nothing here is Kubernetes.
"""

from dataclasses import dataclass, field

from tui.demo.world.images import Trouble

_RATE_LIMIT = (
    'failed to pull and unpack image "{image}": failed to copy: httpReadSeeker: failed open: unexpected status code '
    "https://registry-1.docker.io/v2/manifests: 429 Too Many Requests - Server message: toomanyrequests: You have "
    "reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"
)


@dataclass(slots=True)
class Outside:
    """By image, unless said otherwise; times are seconds of a real cluster.

    ``ends`` is how a container of an image ends each time it is started. ``broken_nodes`` can't start a reservation
    pod; ``unanswered`` are workloads (namespace, name) that Run:ai's operator never comes to.
    """

    rate_limited: set[str] = field(default_factory=set)
    no_command: set[str] = field(default_factory=set)
    ends: dict[str, Trouble] = field(default_factory=dict)
    pull_seconds: dict[str, float] = field(default_factory=dict)
    download_seconds: dict[str, float] = field(default_factory=dict)
    load_seconds: dict[str, float] = field(default_factory=dict)
    silent_servers: set[str] = field(default_factory=set)  # NFS servers by address
    broken_nodes: set[str] = field(default_factory=set)
    unanswered: set[tuple[str, str]] = field(default_factory=set)

    def refusal(self, container: dict[str, object]) -> Trouble | None:
        """What keeps the container runtime from making this container."""
        image = str(container["image"])
        if image in self.rate_limited:
            text = _RATE_LIMIT.format(image=image)
            return Trouble("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
        if image in self.no_command and not container.get("command"):
            text = (
                f'failed to generate container "{container["name"]}" spec: '
                "failed to apply OCI options: no command specified"
            )
            return Trouble("CreateContainerError", text)
        return None
