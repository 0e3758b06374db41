"""One write to the Kubernetes API as a request: method, path, query, body. Knows no gate, no audit and no retry."""

from typing import Any, NamedTuple
from urllib.parse import quote

from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.discovery import find_base
from tui.sources.kubernetes.errors import KubeError
from tui.sources.kubernetes.ondemand import for_eyes
from tui.sources.writing.body import Hidden, encoded

MANAGER = "nimdeck"
MERGE_PATCH = "application/merge-patch+json"
JSON_BODY = "application/json"


class Call(NamedTuple):
    """``query`` holds what every server knows; DELETE repeats it in its body, where the query does not count."""

    method: str
    path: str
    query: dict[str, str | int | bool]
    body: Hidden
    media_type: str


class KubeWrites:
    """Writes to one API server. Every method may block and raise a ``KubeError``."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._bases: dict[str, str] = {}  # what discovery said, by resource

    def send(self, change: Change, dry_run: bool) -> tuple[JsonObject, tuple[str, ...]]:
        """Make the change; the object as it is then (a ``Status`` for a deletion) and the server's warnings."""
        try:
            call = self._call(change, dry_run)
        except KubeError as error:
            error.was_sent = False  # it was discovery that failed
            raise
        answer = self._client.request(
            call.method, call.path, call.query, call.body, headers={"Content-Type": call.media_type}
        )
        found: Any = for_eyes(decoded(Hidden(answer.body), self._client.server, call.path))
        return found, _warnings(answer.headers.get("warning", ""))

    def read(self, change: Change) -> JsonObject:
        """What the change is about, as it is now. Raises ``NotFound``."""
        return for_eyes(self._client.get_json(self._object_path(change)))

    def _call(self, change: Change, dry_run: bool) -> Call:
        dry: dict[str, str | int | bool] = {"dryRun": "All"} if dry_run else {}
        if change.verb == "delete":
            query = {**dry, "propagationPolicy": "Background"}
            return Call(
                "DELETE", self._object_path(change), query, encoded(_delete_options(change, dry_run)), JSON_BODY
            )
        query = {**dry, "fieldManager": MANAGER, "fieldValidation": "Strict"}
        if change.verb == "create":
            return Call("POST", self._list_path(change), query, encoded(change.body or {}), JSON_BODY)
        return Call("PATCH", self._object_path(change), query, encoded(_merge_patch(change)), MERGE_PATCH)

    def _object_path(self, change: Change) -> str:
        return f"{self._list_path(change)}/{quote(change.key.name, safe='')}"

    def _list_path(self, change: Change) -> str:
        plural = change.resource.partition(".")[0]
        space = f"/namespaces/{quote(change.key.namespace, safe='')}" if change.key.namespace else ""
        return f"{self._base(change)}{space}/{quote(plural, safe='')}"

    def _base(self, change: Change) -> str:
        """Where the object says that it belongs; what the server prefers, where it does not say."""
        for told in (change.body, change.replaces):
            if told and isinstance(version := told.get("apiVersion"), str):
                return f"/apis/{version}" if "/" in version else f"/api/{version}"
        if change.resource not in self._bases:
            plural, _, group = change.resource.partition(".")
            self._bases[change.resource] = find_base(self._client, group, plural)
        return self._bases[change.resource]


def _delete_options(change: Change, dry_run: bool) -> JsonObject:
    options: dict[str, JsonValue] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
    }
    guards = {"uid": change.uid, "resourceVersion": change.resource_version}
    if given := {name: value for name, value in guards.items() if value}:
        options["preconditions"] = given
    if dry_run:
        options["dryRun"] = ["All"]
    return options


def _merge_patch(change: Change) -> JsonObject:
    """The patch with what it must not run over: the version that it was made from, else the object's identity."""
    body = dict(change.body or {})
    metadata = body.get("metadata")
    guarded: dict[str, JsonValue] = dict(metadata) if isinstance(metadata, dict) else {}
    if change.resource_version:
        guarded["resourceVersion"] = change.resource_version
    elif change.uid:
        guarded["uid"] = change.uid
    if guarded:
        body["metadata"] = guarded
    return body


def _warnings(header: str) -> tuple[str, ...]:
    """The texts of ``Warning: 299 - "text"``, several of which are joined with commas."""
    parts = header.split('299 - "')[1:]
    return tuple(part.rpartition('"')[0].replace('\\"', '"').replace("\\\\", "\\") for part in parts)
