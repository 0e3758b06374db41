"""Where the cluster is and who we are: kubeconfig files, contexts, in-cluster accounts and plug-ins that log in.

Built on the official client's loader, which is imported on first use only. It may not print or ask: a terminal
application owns the terminal.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tui.sources.kubernetes.errors import BadConfig, NoConfig, one_line

DEFAULT_PATH = Path("~/.kube/config")
IN_CLUSTER = "in-cluster"


@dataclass(frozen=True, slots=True)
class ContextInfo:
    """One context of the kubeconfig. ``server`` is ``""`` where its cluster is not defined."""

    name: str
    cluster: str
    user: str
    namespace: str | None
    server: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Access:
    """What the official client made of the kubeconfig: its ``Configuration``, ready for its transport."""

    configuration: Any
    server: str
    context: str
    namespace: str | None
    headers: Mapping[str, str] = field(default_factory=dict)  # of a user that acts as another (``as:``)


def contexts(kubeconfig: Path | None = None) -> list[ContextInfo]:
    """All contexts that the kubeconfig names, in its order. Raises ``BadConfig``."""
    merged = _Merged(kubeconfig_paths(kubeconfig))
    current = merged.current
    return [merged.info(name, body, name == current) for name, body in merged.contexts.items()]


def load(kubeconfig: Path | None = None, context: str | None = None) -> Access:
    """Read everything that a connection needs. Raises ``BadConfig`` with one line.

    May run the plug-in that the context's user names, so call it from a thread.
    """
    paths = kubeconfig_paths(kubeconfig)
    if kubeconfig is None and context is None and not any(path.is_file() for path in paths) and _in_cluster():
        return _load_in_cluster()
    merged = _Merged(paths)
    name = merged.choose(context)
    info = merged.info(name, merged.contexts[name], True)
    return replace(_load_file(paths, info), headers=merged.impersonation(info.user))


def kubeconfig_paths(kubeconfig: Path | None) -> list[Path]:
    """The files that are read: the one given, else the list in ``KUBECONFIG``, else the usual place."""
    if kubeconfig is not None:
        return [kubeconfig.expanduser()]
    listed = os.environ.get("KUBECONFIG", "")
    paths = [Path(entry).expanduser() for entry in listed.split(os.pathsep) if entry]
    return paths or [DEFAULT_PATH.expanduser()]


class _Merged:
    """The kubeconfig files laid over each other: the first that defines a name wins, as kubectl has it."""

    def __init__(self, paths: list[Path]) -> None:
        self.where = ", ".join(str(path) for path in paths)
        documents = [_read(path) for path in paths if path.is_file()]
        if not documents:
            error = NoConfig if paths == [DEFAULT_PATH.expanduser()] else BadConfig
            raise error(f"no kubeconfig at {self.where}: give one with --kubeconfig or KUBECONFIG")
        self.contexts = self._named(documents, "contexts", "context")
        self.clusters = self._named(documents, "clusters", "cluster")
        self.users = self._named(documents, "users", "user")
        currents = [document.get("current-context") for document in documents]
        self.current = next((str(name) for name in currents if name), None)

    def choose(self, context: str | None) -> str:
        name = context or self.current
        there = ", ".join(self.contexts) or "none"
        if name is None:
            raise BadConfig(f"{self.where}: no current-context; choose one with --kube-context: {there}")
        if name not in self.contexts:
            raise BadConfig(f"{self.where}: no context {name!r}; contexts are: {there}")
        cluster = str(self.contexts[name].get("cluster", ""))
        if not self.clusters.get(cluster, {}).get("server"):
            raise BadConfig(f"{self.where}: context {name!r} names cluster {cluster!r}, which has no server")
        return name

    def info(self, name: str, body: Mapping[str, object], is_current: bool) -> ContextInfo:
        cluster = str(body.get("cluster", ""))
        namespace = body.get("namespace")
        return ContextInfo(
            name=name,
            cluster=cluster,
            user=str(body.get("user", "")),
            namespace=str(namespace) if namespace else None,
            server=str(self.clusters.get(cluster, {}).get("server", "")).rstrip("/"),
            is_current=is_current,
        )

    def impersonation(self, user: str) -> dict[str, str]:
        """The headers of a user that acts as another. The official client passes ``as`` over, and so would act with
        more rights than the kubeconfig means."""
        body = self.users.get(user, {})
        groups = body.get("as-groups") or []
        if not body.get("as"):
            return {}
        if not isinstance(groups, list) or len(groups) > 1 or body.get("as-user-extra"):
            raise BadConfig(f"{self.where}: user {user!r}: of as-groups one is supported, and no as-user-extra")
        headers = {"Impersonate-User": str(body["as"])}
        if groups:
            headers["Impersonate-Group"] = str(groups[0])
        return headers

    def _named(self, documents: list[dict[str, Any]], plural: str, singular: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for document in documents:
            entries = document.get(plural) or []
            if not isinstance(entries, list):
                raise BadConfig(f"{self.where}: {plural} must be a list, not {type(entries).__name__}")
            for entry in entries:
                if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                    raise BadConfig(f"{self.where}: an entry of {plural} has no name")
                body = entry.get(singular)
                found.setdefault(entry["name"], body if isinstance(body, dict) else {})
        return found


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfig(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadConfig(f"{path} is not a text file in UTF-8; a kubeconfig is YAML") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise BadConfig(f"{path}{line}: {one_line(str(problem))}; a kubeconfig is YAML") from None
    if not isinstance(document, dict):
        raise BadConfig(f"{path}: no kubeconfig in it; it must hold clusters, contexts and users")
    return document


def _load_file(paths: list[Path], info: ContextInfo) -> Access:
    from kubernetes.client import Configuration
    from kubernetes.config.kube_config import KubeConfigMerger

    from tui.sources.kubernetes.loader import Loader

    def read(configuration: Any) -> None:
        merger = KubeConfigMerger(os.pathsep.join(str(path) for path in paths))
        Loader(merger.config, active_context=info.name).load_and_set(configuration)

    configuration = Configuration()
    _translated(lambda: read(configuration), f"{', '.join(map(str, paths))}: context {info.name!r}")
    return Access(configuration, info.server, info.name, info.namespace)


def _in_cluster() -> bool:
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def _load_in_cluster() -> Access:
    from kubernetes.client import Configuration
    from kubernetes.config.incluster_config import load_incluster_config

    configuration = Configuration()
    _translated(lambda: load_incluster_config(configuration), "the pod's service account")
    namespace = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    own = namespace.read_text(encoding="utf-8").strip() if namespace.is_file() else None
    return Access(configuration, configuration.host, IN_CLUSTER, own)


def _translated(action: Callable[[], None], where: str) -> None:
    """Run a loader of the official client; whatever it raises becomes one line."""
    from kubernetes.config import ConfigException

    try:
        action()
    except BadConfig:
        raise
    except ConfigException as error:
        raise BadConfig(f"{where}: {one_line(str(error))}") from None
    except OSError as error:
        raise BadConfig(f"{where}: {error.filename or 'a file'}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadConfig(f"{where} is malformed: {one_line(f'{type(error).__name__}: {error}')}") from None
