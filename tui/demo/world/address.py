"""Where an inference service is reached. In a real cluster that is a name inside it; these servers stand on loopback.

The lab tells the objects where their servers really listen, in an annotation, so that what an object says is an address
that answers, as an address of a cluster does for those who are in its network.
"""

from tui.demo.objects import Json, ObjectStore

ANNOTATION = "embedded.nimdeck/address"
_TOLD = (("inferenceworkloads", "run.ai"), ("services", "serving.knative.dev"))


def address_of(thing: Json) -> str:
    """The base URL of a workload or Knative Service: its server's, else the name it has inside the cluster."""
    metadata = thing["metadata"]
    told: str | None = (metadata.get("annotations") or {}).get(ANNOTATION)
    return told or f"http://{metadata['name']}.{metadata['namespace']}.svc.cluster.local"


def announce(store: ObjectStore, urls: dict[str, str]) -> None:
    """Tell every workload and its Knative Service where it listens; ``urls`` has ``namespace/name`` as keys."""
    for plural, group in _TOLD:
        resource = store.resource(plural, group)
        for key, url in urls.items():
            namespace, _, name = key.partition("/")
            found = store.get(resource, namespace, name)
            if found is not None and address_of(found) != url:
                store.change(resource, namespace, name, lambda thing, url=url: _annotate(thing, url))  # type: ignore[misc]
                store.change(resource, namespace, name, lambda thing, url=url: _state(thing, url), status=True)  # type: ignore[misc]


def _annotate(thing: Json, url: str) -> None:
    thing["metadata"].setdefault("annotations", {})[ANNOTATION] = url


def _state(thing: Json, url: str) -> None:
    status = thing.get("status") or {}
    if "urls" in status:
        status["urls"] = {"serving": url}
    if "url" in status:
        status["url"] = url
        status["address"] = {"url": url}
