"""Everything that the API serves, by group: in two requests where the server lists all at once (Kubernetes 1.27)."""

from dataclasses import dataclass, field

from tui.sources.kinds.loose import list_at, text_at
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.errors import KubeError, NotFound, Unauthorized

AT_ONCE_KIND = "APIGroupDiscoveryList"
AT_ONCE = ",".join(
    (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    )
)


@dataclass(slots=True)
class Api:
    """``bases`` holds, for (group, plural), the path before ``/<plural>`` in the first version that has it.

    ``troubles``: groups that do not answer, with the line that says why.
    """

    bases: dict[tuple[str, str], str] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def plurals(self) -> dict[str, frozenset[str]]:
        """What each group serves; groups in trouble are left out."""
        return {name: frozenset(found) for name, found in self.groups.items() if name not in self.troubles}

    def add(self, group: str, version: str, plural: str | None) -> None:
        if plural and "/" not in plural:
            base = f"/apis/{group}/{version}" if group else f"/api/{version}"
            self.groups.setdefault(group, set()).add(plural)
            self.bases.setdefault((group, plural), base)


def read_api(client: KubeClient) -> Api:
    """Raises a ``KubeError`` where discovery as a whole is denied or gets no answer."""
    found = Api()
    core = _asked(client, "/api")
    if text_at(core, "kind") == AT_ONCE_KIND:
        _at_once(core, found)
    else:
        _one_group(client, "", ("v1",), found)
    groups = _asked(client, "/apis")
    if text_at(groups, "kind") == AT_ONCE_KIND:
        _at_once(groups, found)
    else:
        _one_by_one(client, groups, found)
    return found


def _asked(client: KubeClient, path: str) -> object:
    """``None`` where the path itself is not served, as behind some proxies."""
    try:
        return decoded(client.request("GET", path, headers={"Accept": AT_ONCE}).body, client.server, path)
    except NotFound:
        return None


def _at_once(answer: object, found: Api) -> None:
    for item in list_at(answer, "items"):
        group = text_at(item, "metadata", "name") or ""
        found.groups.setdefault(group, set())
        for served in list_at(item, "versions"):
            version = text_at(served, "version") or ""
            if text_at(served, "freshness") == "Stale":
                found.troubles[group] = f"the server behind API group {group} does not answer ({version} is stale)"
            for resource in list_at(served, "resources"):
                found.add(group, version, text_at(resource, "resource"))


def _one_by_one(client: KubeClient, answer: object, found: Api) -> None:
    for item in list_at(answer, "groups"):
        group = text_at(item, "name") or ""
        first = text_at(item, "preferredVersion", "version")
        versions = [version for entry in list_at(item, "versions") if (version := text_at(entry, "version"))]
        _one_group(client, group, tuple(sorted(versions, key=lambda version: version != first)), found)


def _one_group(client: KubeClient, group: str, versions: tuple[str, ...], found: Api) -> None:
    found.groups.setdefault(group, set())
    for version in versions:
        try:
            resources = client.get_json(f"/apis/{group}/{version}" if group else f"/api/{version}")
        except Unauthorized:
            raise
        except KubeError as error:
            if error.code is None:
                raise
            found.troubles[group] = str(error)
            continue
        for resource in list_at(resources, "resources"):
            found.add(group, version, text_at(resource, "name"))
