"""Plans of the forms: objects in a namespace, and the same as an asset at Run:ai's control plane; in a thread."""

from collections.abc import Callable, Sequence

from tui.launch.plan import plan
from tui.launch.projects import NotThere, find_cluster, find_project
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change, Manifest
from tui.present.changes import Step, theirs
from tui.screens.change_plans import existing_of
from tui.session import Feed

Asset = Callable[[int, str], JsonObject]  # of the project's id and the cluster's


def object_steps(feed: Feed, manifests: Sequence[Manifest], *, replace: bool = False, kept: str = "") -> list[Step]:
    """A step for each object; one that is there and stays is told, with ``kept`` on what would change it."""
    changes = plan(manifests, existing_of(feed), replace_secrets=replace)
    by_key = {(change.resource, change.key): change for change in changes}
    steps = []
    for manifest in manifests:
        change = by_key.get((manifest.resource, manifest.key))
        if change is None:
            says = f"it is there and stays as it is{kept and '; ' + kept}"
            steps.append(Step(str(manifest), state="nothing", says=says))
        else:
            steps.append(Step(str(manifest), change, theirs(change)))
    return steps


def asset_step(feed: Feed, project: str, path: str, name: str, what: str, make: Asset) -> Step:
    """The asset of a project. Raises ``NotThere`` and ``RunaiError``."""
    control_plane = feed.control_plane
    if control_plane is None:
        raise NotThere("no Run:ai control plane is configured: set runai.url and runai.client_id")
    number = str(find_project(control_plane.read, project).get("id"))
    if not number.isdecimal():
        raise NotThere(f"the control plane calls project {project} {number!r}: assets need a number")
    cluster = str(find_cluster(control_plane.read, feed.settings.runai.cluster).get("uuid"))
    title = f"create Run:ai {what} {name} for project {project}"
    change = Change("request", f"POST {path}", ObjectKey("", name), title, body=make(int(number), cluster))
    return Step(title, change)
