"""A recorded case behind a Kubernetes API: discovery, lists, watches, metadata alone and logs, over plain HTTP.

The recording is moved to now, so that a command that reads its own clock finds it as old as it was.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.contract.pending_case import Case, resource_of
from tests.sources_kubernetes.fault_api import FaultApi, Query, Reply, Watch, forbidden, status_reply
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.found import SOUGHT

Json = dict[str, Any]
VERSIONS = {"run.ai": "v2alpha1", "scheduling.run.ai": "v2", "apps.nvidia.com": "v1alpha1"}
CLUSTER_WIDE = {"persistentvolumes", "storageclasses", "priorityclasses"}
METADATA_ONLY = {"secrets", "configmaps", "replicasets"}  # of Secrets nobody may want more
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
_SPACED = re.compile(r"^(?P<base>/apis?(?:/[^/]+)+?)/namespaces/(?P<space>[^/]+)/(?P<rest>.+)$")
_LOG = re.compile(r"^pods/(?P<pod>[^/]+)/log$")


class CaseApi(FaultApi):
    """Serves one case. Kinds that the case denies answer 403, those it has none of an empty list."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._moved = round(time.time() - case.at)
        self._bases: dict[str, tuple[str, bool]] = {}  # kind -> the path before its plural, whether it has namespaces
        self._learn()
        super().__init__()

    def _learn(self) -> None:
        for kind in all_kinds():
            self._serve(kind.group, kind.plural, (*kind.versions, VERSIONS.get(kind.group, "v1"))[0], kind.namespaced)
        for sought in SOUGHT:
            self._serve(sought.group, sought.plural, sought.version, sought.plural not in CLUSTER_WIDE)
        self._serve("", "secrets", "v1", True)
        for thing in self._case.objects:  # the version in which it was recorded
            name, version = resource_of(thing), str(thing["apiVersion"])
            if "/" in version:
                self._bases[name] = f"/apis/{version}", "namespace" in thing["metadata"]

    def _serve(self, group: str, plural: str, version: str, namespaced: bool) -> None:
        base = f"/apis/{group}/{version}" if group else "/api/v1"
        self._bases.setdefault(f"{plural}.{group}" if group else plural, (base, namespaced))

    def answer(self, path: str, query: Query) -> Reply | Watch:
        spaced = _SPACED.match(path)
        if spaced and (log := _LOG.match(spaced["rest"])):
            return self._log(f"{spaced['space']}/{log['pod']}", query)
        base, plural = (spaced["base"], spaced["rest"]) if spaced else tuple(path.rsplit("/", 1))
        name = next((n for n, (b, _) in self._bases.items() if b == base and n.split(".")[0] == plural), None)
        if name is None:
            return super().answer(path, query)
        if name in self._case.denied:
            return forbidden(plural, name.partition(".")[2], spaced["space"] if spaced else None)
        if "watch" in query:
            reply = super().answer(path, query)
            assert isinstance(reply, Watch)
            reply.send("BOOKMARK", {"kind": "Bookmark", "metadata": {"resourceVersion": str(self.version)}})
            return reply
        return self._listed(name, plural, spaced["space"] if spaced else None)

    def _listed(self, name: str, plural: str, space: str | None) -> Reply:
        things = [moved(thing, self._moved) for thing in self._case.of_kind(name)]
        if space is not None:
            things = [thing for thing in things if thing["metadata"].get("namespace") == space]
        if plural == "secrets":
            things = [{"metadata": thing["metadata"]} for thing in things]
        metadata = {"resourceVersion": str(self.version)}
        return Reply(200, {"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": things})

    def _log(self, pod: str, query: Query) -> Reply:
        container = query.get("container", "")
        lines = self._case.lines(pod, container, query.get("previous") == "true")
        if lines is None:
            return status_reply(
                400, "BadRequest", f'previous terminated container "{container}" in pod "{pod}" not found'
            )
        return Reply(200, "".join(f"{line}\n" for line in lines).encode(), "text/plain")

    def _discovery(self, path: str) -> Reply | None:
        if path == "/apis":
            groups: dict[str, dict[str, str]] = {}
            for base, _ in self._bases.values():
                if base.startswith("/apis/"):
                    _, _, group, version = base.split("/")
                    groups.setdefault(group, {})[version] = f"{group}/{version}"
            return Reply(200, {"kind": "APIGroupList", "groups": [_group(*group) for group in groups.items()]})
        here = {name.split(".")[0]: spaced for name, (base, spaced) in self._bases.items() if base == path}
        if not here:
            return super()._discovery(path)
        verbs = ["get", "list", "watch"]
        resources = [{"name": plural, "namespaced": spaced, "verbs": verbs} for plural, spaced in here.items()]
        return Reply(200, {"kind": "APIResourceList", "resources": resources})


def _group(name: str, versions: dict[str, str]) -> Json:
    listed = [{"groupVersion": whole, "version": version} for version, whole in versions.items()]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def moved(thing: Any, seconds: float) -> Any:
    """The same with every time in it later by so many seconds."""
    if isinstance(thing, dict):
        return {key: moved(value, seconds) for key, value in thing.items()}
    if isinstance(thing, list):
        return [moved(value, seconds) for value in thing]
    if isinstance(thing, str) and _TIME.match(thing):
        at = datetime.fromtimestamp(datetime.fromisoformat(thing).timestamp() + seconds, UTC)
        return at.isoformat(timespec="microseconds" if "." in thing else "seconds").replace("+00:00", "Z")
    return thing


@contextmanager
def case_api(case: Case) -> Iterator[CaseApi]:
    api = CaseApi(case)
    try:
        yield api
    finally:
        api.close()
