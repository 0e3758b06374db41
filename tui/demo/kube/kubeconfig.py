"""The kubeconfig file of the embedded cluster: it holds a token, so only its owner may read it."""

import base64
import os
from pathlib import Path

import yaml

from tui.demo.kube.access import User
from tui.demo.objects import Json

CLUSTER = "nimdeck-embedded"


def write_kubeconfig(path: Path, url: str, user: User, authority: bytes | None, namespace: str = "default") -> None:
    """Writes one context for one user, mode 0600, also where a file with other rights was there before."""
    cluster: Json = {"server": url}
    if authority:
        cluster["certificate-authority-data"] = base64.b64encode(authority).decode()
    context = {"cluster": CLUSTER, "user": user.name, "namespace": namespace}
    name = f"{user.name}@{CLUSTER}"
    config: Json = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CLUSTER, "cluster": cluster}],
        "users": [{"name": user.name, "user": {"token": user.token}}],
        "contexts": [{"name": name, "context": context}],
        "current-context": name,
        "preferences": {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)
