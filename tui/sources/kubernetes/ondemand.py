"""Single questions of the detail screens: one object, its events, a container's log, whether something is allowed.

Each blocks and may raise a ``KubeError``; call them from a worker thread. Nothing here writes but access reviews.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from tui.model.event import Event
from tui.model.ids import ObjectKey
from tui.sources.kinds import events
from tui.sources.kinds.loose import dig, text_at
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.decode import Decoder
from tui.sources.kubernetes.discovery import Served, find_base
from tui.sources.kubernetes.transport import Stream

ACCESS_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
IDENTITY_PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
HIDDEN = "***"
FOLLOW_SILENCE_SECONDS = 3600.0  # a container may say nothing for long

RawObject = dict[str, Any]  # for YAML on the screen, and for nothing else


class LogLines:
    """The lines of a log as they come. Close it from any thread to end it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        for line in self._stream.lines(with_rest=True):
            yield line.decode("utf-8", errors="replace")

    def close(self) -> None:
        self._stream.close()


def get_object(client: KubeClient, served: Served, kind: str, key: ObjectKey) -> RawObject:
    """The object as the server has it, without ``managedFields``; of a Secret the names of its data only."""
    plural, _, group = kind.partition(".")
    base = served.paths.get(kind) or find_base(client, group, plural)
    space = f"/namespaces/{_part(key.namespace)}" if key.namespace else ""
    return for_eyes(client.get_json(f"{base}{space}/{_part(plural)}/{_part(key.name)}"))


def for_eyes(found: Any) -> RawObject:
    """An object that may be shown: without ``managedFields``, and of a Secret the names of its data only. In place."""
    metadata = dig(found, "metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    if dig(found, "kind") == "Secret":
        _hide(found, metadata)
    return found if isinstance(found, dict) else {}


def get_events_of(client: KubeClient, key: ObjectKey, object_kind: str | None = None) -> tuple[Event, ...]:
    """The events about one object, newest first."""
    selector = f"involvedObject.name={key.name}"
    if object_kind:
        selector += f",involvedObject.kind={object_kind}"
    space = f"/namespaces/{_part(key.namespace)}" if key.namespace else ""
    _, body = client.get(f"/api/v1{space}/events", {"fieldSelector": selector, "limit": 500})
    found = [value for _, value in Decoder(events.EVENTS).page(body).entries if isinstance(value, Event)]
    return tuple(sorted(found, key=events.age_of, reverse=True))


def logs(
    client: KubeClient,
    key: ObjectKey,
    container: str | None = None,
    tail_lines: int | None = 1000,
    follow: bool = False,
    previous: bool = False,
    since_seconds: int | None = None,
    limit_bytes: int | None = None,
    read_seconds: float | None = None,
) -> LogLines:
    """A container's log; with ``follow`` it goes on until it is closed or the container ends.

    ``read_seconds`` is the longest silence that is borne, ``limit_bytes`` cuts off what comes after so much.
    """
    query: dict[str, str | int | bool] = {"follow": follow, "previous": previous}
    if container:
        query["container"] = container
    if tail_lines is not None:
        query["tailLines"] = tail_lines
    if since_seconds is not None:
        query["sinceSeconds"] = since_seconds
    if limit_bytes is not None:
        query["limitBytes"] = limit_bytes
    path = f"/api/v1/namespaces/{_part(key.namespace)}/pods/{_part(key.name)}/log"
    silence = FOLLOW_SILENCE_SECONDS if follow else read_seconds
    return LogLines(client.stream(path, query, silence, accept="*/*"))


def access(client: KubeClient, verb: str, resource: str, group: str = "", namespace: str | None = None) -> bool:
    """Whether we may: ``resource`` is a plural, ``pods/log`` for a subresource; ``namespace`` None is the cluster."""
    plural, _, subresource = resource.partition("/")
    attributes = {"verb": verb, "group": group, "resource": plural}
    if subresource:
        attributes["subresource"] = subresource
    if namespace:
        attributes["namespace"] = namespace
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    body = client.request("POST", ACCESS_PATH, body=msgspec.json.encode(review)).body
    return dig(decoded(body, client.server, ACCESS_PATH), "status", "allowed") is True


def who_am_i(client: KubeClient) -> str | None:
    """The name that the server knows us by; ``None`` where it does not tell. Kubernetes 1.28 and later."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    body = client.request("POST", IDENTITY_PATH, body=msgspec.json.encode(review)).body
    return text_at(decoded(body, client.server, IDENTITY_PATH), "status", "userInfo", "username")


def _hide(secret: Any, metadata: Any) -> None:
    for part in ("data", "stringData"):
        if isinstance(dig(secret, part), dict):
            secret[part] = dict.fromkeys(secret[part], HIDDEN)
    annotations = dig(metadata, "annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        annotations[LAST_APPLIED] = HIDDEN  # kubectl apply leaves a copy of the data there


def _part(name: str) -> str:
    return quote(name, safe="")
