"""The two Secrets of a NIM: NGC's API key, and the credentials with which images are pulled from its registry.

The values stay ``Secret`` until the writer sends them.
"""

import base64
import json

from config.secret import Secret
from tui.launch.marks import metadata
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Manifest

SECRETS = "secrets"
REGISTRY_HOST = "nvcr.io"
REGISTRY_USER = "$oauthtoken"
DOCKER_CONFIG = ".dockerconfigjson"
DOCKER_TYPE = "kubernetes.io/dockerconfigjson"


def ngc_secret(namespace: str, name: str, key: str, token: Secret, author: str = "") -> Manifest:
    """An Opaque Secret with NGC's API key under ``key``."""
    return _manifest(namespace, name, "Opaque", {key: token}, author)


def registry_secret(namespace: str, name: str, token: Secret, author: str = "") -> Manifest:
    """The pull Secret for ``nvcr.io``, whose user is literally ``$oauthtoken``."""
    login = base64.b64encode(f"{REGISTRY_USER}:{token.reveal()}".encode()).decode("ascii")
    entry = {"username": REGISTRY_USER, "password": token.reveal(), "auth": login}
    config = Secret(json.dumps({"auths": {REGISTRY_HOST: entry}}))
    return _manifest(namespace, name, DOCKER_TYPE, {DOCKER_CONFIG: config}, author)


def _manifest(namespace: str, name: str, kind: str, values: dict[str, Secret], author: str) -> Manifest:
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(name, namespace, author),
        "type": kind,
        "stringData": values,
    }
    return Manifest(SECRETS, ObjectKey(namespace, name), body)
