"""The workload that a name on the command line means."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tui.cli.exits import BAD_INPUT, NO_ANSWER, ExitError
from tui.launch.kinds import CannotChange, Target, resource_of
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.snapshot import Snapshot
from tui.sources.kubernetes import KubeError

if TYPE_CHECKING:
    from config.settings import Settings
    from tui.session import Session

_NAMED = 6


def find_workload(snapshot: Snapshot, name: str, kind: str | None, settings: "Settings") -> WorkloadKey:
    """By NAME or NAMESPACE/NAME, within ``--project``, ``--namespace``. Raises ``ExitError`` (2): none, or several."""
    space, _, plain = name.rpartition("/")
    spaces = set(settings.kubernetes.namespaces)
    known = [
        (key, workload)
        for key, workload in snapshot.workloads.items()
        if (not space or key.namespace == space)
        and (not spaces or key.namespace in spaces)
        and (settings.project is None or workload.project == settings.project)
        and (kind is None or key.kind.lower() == kind.lower())
    ]
    found = [key for key, _ in known if key.name == plain]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{key.kind} {key}" for key in found[:_NAMED])
        raise ExitError(BAD_INPUT, f"several workloads are called {plain}: {several}; give NAMESPACE/NAME or --kind")
    close = get_close_matches(plain, [key.name for key, _ in known], n=1)
    mean = f"did you mean {close[0]}?" if close else "see nimdeck workloads"
    raise ExitError(BAD_INPUT, f"there is no workload {name}; {mean}")


def read_target(session: "Session", key: WorkloadKey) -> Target:
    """The object as it is. Raises ``ExitError``."""
    try:
        resource = resource_of(key.kind)
        body = session.object(resource, ObjectKey(key.namespace, key.name))
    except CannotChange as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    except KubeError as error:
        raise ExitError(NO_ANSWER, f"{key.kind} {key}: {error}") from None
    if body is None:
        raise ExitError(BAD_INPUT, f"{key.kind} {key} is gone")
    return Target(key, resource, body)


def namespace_for(snapshot: Snapshot, settings: "Settings") -> str:
    """Where a Secret goes: ``--namespace``, else the project's. Raises ``ExitError`` (2)."""
    spaces = settings.kubernetes.namespaces
    if len(spaces) == 1:
        return next(iter(spaces))
    if settings.project is None or len(spaces) > 1:
        raise ExitError(BAD_INPUT, "say where: give --project or one --namespace")
    project = snapshot.projects.get(settings.project)
    if project is not None and project.namespace:
        return project.namespace
    if snapshot.projects and project is None:
        close = get_close_matches(settings.project, list(snapshot.projects), n=1)
        mean = f"did you mean {close[0]}?" if close else f"one of {', '.join(list(snapshot.projects)[:_NAMED])}"
        raise ExitError(BAD_INPUT, f"there is no project {settings.project}; {mean}")
    from tui.launch.marks import project_namespace

    return project_namespace(settings.project)
