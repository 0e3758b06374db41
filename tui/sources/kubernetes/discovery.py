"""What the API serves: groups, versions and resources, asked for and never assumed."""

from dataclasses import dataclass, field

from tui.sources.kinds.base import Item, Kind
from tui.sources.kinds.loose import list_at, text_at
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import Forbidden, KubeError, NotFound, Unauthorized


@dataclass(frozen=True, slots=True)
class Served:
    """Where the kinds are served. ``paths`` holds, for a kind's name, the path before ``/<plural>``."""

    version: str | None = None
    paths: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, KubeError] = field(default_factory=dict)  # kinds whose group can't be asked now
    facts: tuple[tuple[str, str], ...] = ()


def discover(client: KubeClient, kinds: tuple[Kind, ...]) -> Served:
    """Ask the server. Raises a ``KubeError`` when it does not answer at all or refuses the credentials."""
    version = text_at(client.get_json("/version"), "gitVersion")
    try:
        groups = _group_versions(client)
    except Forbidden:
        return _assumed(version, kinds)
    paths: dict[str, str] = {}
    troubles: dict[str, KubeError] = {}
    facts: list[tuple[str, str]] = []
    for group in dict.fromkeys(kind.group for kind in kinds):
        wanted = [kind for kind in kinds if kind.group == group]
        versions = groups.get(group, ())
        facts.append((f"API group {group or 'core'}", ", ".join(versions) or "not served"))
        try:
            _find(client, group, versions, wanted, paths)
        except Unauthorized:
            raise
        except KubeError as error:
            troubles.update({kind.name: error for kind in wanted if kind.name not in paths})
    return Served(version, paths, troubles, tuple(facts))


def find_base(client: KubeClient, group: str, plural: str) -> str:
    """The path before ``/<plural>`` for any kind. Raises ``NotFound`` where it is not served."""
    versions = _group_versions(client).get(group, ()) if group else ("v1",)
    paths: dict[str, str] = {}
    wanted = Kind(group, plural, Item, lambda item: item)
    _find(client, group, versions, [wanted], paths)
    if wanted.name not in paths:
        raise NotFound(f"{client.server} does not serve {wanted.name}")
    return paths[wanted.name]


def _group_versions(client: KubeClient) -> dict[str, tuple[str, ...]]:
    """The versions of every group, the preferred one first."""
    found: dict[str, tuple[str, ...]] = {"": ("v1",)}
    for group in list_at(client.get_json("/apis"), "groups"):
        name = text_at(group, "name")
        if name is None:
            continue
        preferred = text_at(group, "preferredVersion", "version")
        versions = [version for entry in list_at(group, "versions") if (version := text_at(entry, "version"))]
        found[name] = tuple(sorted(versions, key=lambda version: version != preferred))
    return found


def _find(client: KubeClient, group: str, versions: tuple[str, ...], kinds: list[Kind], paths: dict[str, str]) -> None:
    """Note the first version that lists each kind: one group may serve its kinds in different versions."""
    for version in versions:
        if all(kind.name in paths for kind in kinds):
            return
        base = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            resources = list_at(client.get_json(base), "resources")
        except NotFound:
            continue
        listable = {text_at(resource, "name") for resource in resources if "list" in list_at(resource, "verbs")}
        for kind in kinds:
            if kind.plural in listable:
                paths.setdefault(kind.name, base)


def _assumed(version: str | None, kinds: tuple[Kind, ...]) -> Served:
    """Discovery is denied: the kinds that every cluster has are tried where every cluster has them."""
    paths = {
        kind.name: f"/apis/{kind.group}/{kind.versions[0]}" if kind.group else f"/api/{kind.versions[0]}"
        for kind in kinds
        if kind.versions
    }
    return Served(version, paths, {}, (("API groups", "discovery is denied: get /apis at the cluster scope"),))


def list_path(base: str, kind: Kind, namespace: str | None) -> str:
    """The path of the kind's list, at the cluster scope or in one namespace."""
    return f"{base}/namespaces/{namespace}/{kind.plural}" if namespace else f"{base}/{kind.plural}"
