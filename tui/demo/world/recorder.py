"""Events: written once, then counted, as the API machinery does it; old ones are taken away after an hour."""

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.naming import Names, rfc3339

_KEPT_SECONDS = 3600.0


class Recorder:
    """Writes events about objects. The same reason and message on the same object raises the count."""

    def __init__(self, access: api.Api, names: Names) -> None:
        self._api = access
        self._names = names
        self._known: dict[tuple[str, str, str], tuple[str, str, float]] = {}  # -> namespace, name, last seen

    def event(
        self,
        about: Json,
        severity: str,
        reason: str,
        message: str,
        component: str,
        at: float,
        *,
        count: int = 1,
        first: float | None = None,
        field_path: str | None = None,
        host: str | None = None,
        annotations: dict[str, str] | None = None,
    ) -> None:
        """``at`` is when it was last seen; ``count`` times since ``first``; ``host`` is the node it comes from."""
        uid = about["metadata"]["uid"]
        known = self._known.get((uid, reason, message))
        if known is not None and self._api.get(api.EVENT, known[0], known[1]) is not None:
            self._again(known, (uid, reason, message), count, at)
            return
        namespace = about["metadata"].get("namespace", "default")
        name = f"{about['metadata']['name']}.{self._names.hex(uid, reason, message, at, length=16)}"
        involved = {
            "kind": about["kind"],
            "namespace": namespace,
            "name": about["metadata"]["name"],
            "uid": uid,
            "apiVersion": about["apiVersion"],
        }
        if field_path:
            involved["fieldPath"] = field_path
        self._known[(uid, reason, message)] = (namespace, name, at)
        self._api.create(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "uid": self._names.uuid("event", name),
                    "creationTimestamp": rfc3339(first or at),
                    **({"annotations": annotations} if annotations else {}),
                },
                "involvedObject": involved,
                "reason": reason,
                "message": message,
                "source": {"component": component, **({"host": host} if host else {})},
                "firstTimestamp": rfc3339(first or at),
                "lastTimestamp": rfc3339(at),
                "count": count,
                "type": severity,
                "eventTime": None,
                "reportingComponent": component,
                "reportingInstance": host or "",
            }
        )

    def _again(self, known: tuple[str, str, float], key: tuple[str, str, str], more: int, at: float) -> None:
        def edit(event: Json) -> None:
            event["count"] = event.get("count", 1) + more
            event["lastTimestamp"] = rfc3339(at)

        self._known[key] = (known[0], known[1], at)
        self._api.change(api.EVENT, known[0], known[1], edit)

    def prune(self, now: float) -> None:
        """Deletes events last seen more than an hour ago."""
        for key, (namespace, name, last) in list(self._known.items()):
            if now - last > _KEPT_SECONDS:
                del self._known[key]
                self._api.delete(api.EVENT, namespace, name)
