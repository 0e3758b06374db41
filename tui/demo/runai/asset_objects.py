"""What Run:ai makes in a project's namespace of an asset: Secrets of credentials, claims of data sources."""

import base64
import json
from collections.abc import Iterator

from tui.demo.objects import ApiError, Json
from tui.demo.runai.answers import RefusalError
from tui.demo.runai.state import State, org_unit_id

LABEL = "run.ai/asset-id"
_SECRETS, _CLAIMS = ("secrets", ""), ("persistentvolumeclaims", "")
_MODES = {
    "readWriteOnce": "ReadWriteOnce",
    "readOnlyMany": "ReadOnlyMany",
    "readWriteMany": "ReadWriteMany",
}


def make_objects(state: State, kind: str, meta: Json, spec: Json, asset: str) -> None:
    """Creates them; an asset of a wider scope than a project makes none here. Raises a 400 or 409."""
    if meta.get("scope") != "project":
        return
    namespace = _namespace(state, meta.get("projectId"))
    for place, obj in _objects(kind, meta["name"], spec):
        obj["metadata"] |= {"namespace": namespace, "labels": {LABEL: asset}}
        try:
            state.store.create(state.store.resource(*place), obj)
        except ApiError as error:
            raise RefusalError(409 if error.code == 409 else 400, error.message) from None


def drop_objects(state: State, asset: str) -> None:
    """Takes away the Secrets that an asset made; claims stay, for there is data in them."""
    for obj in state.objects("secrets"):
        metadata = obj["metadata"]
        if metadata.get("labels", {}).get(LABEL) == asset:
            state.store.delete(state.store.resource(*_SECRETS), metadata["namespace"], metadata["name"])


def _namespace(state: State, project: int | None) -> str:
    for queue in state.read().leaf_queues():
        if org_unit_id(queue) == str(project):
            return f"runai-{queue['metadata']['name']}"
    raise RefusalError(400, f"Project {project} was not found.")


def _objects(kind: str, name: str, spec: Json) -> Iterator[tuple[tuple[str, str], Json]]:
    if spec.get("existingSecretName") or spec.get("existingPvc"):
        return
    if kind == "ngcApiKey":
        yield _SECRETS, _secret(name, "Opaque", {"NGC_API_KEY": spec.get("ngc_api_key") or ""})
    elif kind == "genericSecret":
        pairs = {pair["key"]: pair.get("value") or "" for pair in spec.get("keyValuePairs") or ()}
        yield _SECRETS, _secret(name, "Opaque", pairs)
    elif kind == "dockerRegistry":
        login = base64.b64encode(f"{spec.get('user')}:{spec.get('password')}".encode()).decode()
        text = json.dumps({"auths": {spec.get("url"): {"auth": login}}})
        yield _SECRETS, _secret(name, "kubernetes.io/dockerconfigjson", {".dockerconfigjson": text})
    elif kind == "pvc" and spec.get("claimInfo"):
        yield _CLAIMS, _claim(spec.get("claimName") or name, spec["claimInfo"])


def _secret(name: str, kind: str, values: dict[str, str]) -> Json:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "data": data}


def _claim(name: str, info: Json) -> Json:
    modes = [_MODES[mode] for mode, wanted in (info.get("accessModes") or {}).items() if wanted and mode in _MODES]
    spec = {
        "accessModes": modes or ["ReadWriteOnce"],
        "resources": {"requests": {"storage": info.get("size") or "1Gi"}},
        "volumeMode": info.get("volumeMode") or "Filesystem",
        **({"storageClassName": info["storageClass"]} if info.get("storageClass") else {}),
    }
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}
    return {**claim, "status": {"phase": "Pending"}}
