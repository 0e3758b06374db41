"""From a draft to what would be done: manifests, what exists, the changes, and what the server says of them.

Blocking, for a worker thread; changes nothing, for a dry run is all that it asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from config.secret import Secret
from tui.launch.apply import Applied, apply
from tui.launch.change import edit
from tui.launch.faults import field_errors
from tui.launch.kinds import DEPLOYMENT, INFERENCE, CannotChange, Target
from tui.launch.manifests import manifests
from tui.launch.plan import kept, plan
from tui.launch.projects import NotThere
from tui.launch.read_back import spec_of
from tui.launch.requests import plan_launch
from tui.launch.secrets import ngc_secret, registry_secret
from tui.launch.yaml_text import change_difference, to_yaml
from tui.model.ids import WorkloadKey
from tui.model.json_value import JsonObject
from tui.model.launch_spec import LaunchSpec
from tui.model.manifest import Change, Manifest
from tui.present.launch_review import Checked, Prepared
from tui.present.launch_values import field_at
from tui.session import Feed
from tui.sources.kubernetes.errors import KubeError
from tui.sources.runai.fault import RunaiError
from tui.sources.writing import Invalid, WriteError


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked spec and where it goes. ``token`` becomes the Secret that the spec refers to. ``edits`` is the object
    that is to be changed, ``None`` for a new launch."""

    spec: LaunchSpec
    namespace: str
    token: Secret | None = None
    edits: Target | None = None

    @property
    def key(self) -> WorkloadKey:
        kind = DEPLOYMENT if self.spec.scheduler == "kubernetes" else INFERENCE
        return self.edits.key if self.edits is not None else WorkloadKey(self.namespace, self.spec.name, kind)


def prepare(draft: Draft, feed: Feed) -> Prepared:
    """Everything for the review. What can't be read or is refused is said in it; nothing is raised."""
    writer = feed.writer
    author = writer.who() if writer is not None else ""
    made = all_manifests(draft, author)
    text = to_yaml([manifest.body for manifest in made])
    try:
        changes = _changes(draft, made, feed)
    except (KubeError, CannotChange, NotThere) as error:
        return Prepared(made, (), (), text, "", Checked.NOT, str(error))
    except RunaiError as error:
        return Prepared(made, (), (), text, "", Checked.NOT, error.line)
    asked = [change.body for change in changes if change.verb == "request" and change.body is not None]
    if asked:  # the control plane makes the workload itself
        made = tuple(manifest for manifest in made if manifest.kind != INFERENCE)
        text = to_yaml([*(manifest.body for manifest in made), *asked])
    lines = [line for change in changes for line in (f"# {change.title}", *change_difference(change), "")]
    here = kept(made, changes)
    if writer is None:
        return Prepared(made, changes, here, text, "\n".join(lines), Checked.NOT, "a recording can't be changed")
    if writer.read_only:
        return Prepared(made, changes, here, text, "\n".join(lines), Checked.CLIENT)
    tried = tuple(apply(changes, writer.write, dry_run=True))
    failed = next((one for one in tried if one.error is not None), None)
    trouble = str(failed.error) if failed is not None else ""
    return Prepared(made, changes, here, text, "\n".join(lines), Checked.SERVER, trouble, _faults(failed, draft.spec))


def all_manifests(draft: Draft, author: str) -> tuple[Manifest, ...]:
    """Those of the spec, and before them the Secrets that a typed key makes."""
    made = manifests(draft.spec, draft.namespace, author)
    ngc = draft.spec.ngc
    if draft.token is None or ngc is None or ngc.secret is None:
        return made
    secrets = [ngc_secret(draft.namespace, ngc.secret, ngc.key, draft.token, author)]
    if ngc.registry_secret:
        secrets.append(registry_secret(draft.namespace, ngc.registry_secret, draft.token, author))
    return (*secrets, *made)


def _changes(draft: Draft, made: Sequence[Manifest], feed: Feed) -> tuple[Change, ...]:
    def existing(resource: str, key: object) -> JsonObject | None:
        return feed.object(resource, key)  # type: ignore[arg-type]

    target = draft.edits
    if target is None:
        plane, cluster = feed.control_plane, feed.settings.runai.cluster or None
        read = plane.read if plane is not None else None
        around = feed.surroundings(draft.namespace)
        replaces = draft.token is not None
        return plan_launch(draft.spec, made, existing, around, read, cluster, replace_secrets=replaces)[0]
    before = manifests(spec_of(target.body), draft.namespace)
    own = [manifest for manifest in made if _is(manifest, target)]
    was = [manifest for manifest in before if _is(manifest, target)]
    if not own or not was:
        raise CannotChange(f"{target}: name, namespace and scheduler can't be changed: clone it, then delete this one")
    others = plan([one for one in made if one not in own], existing, replace_secrets=draft.token is not None)
    return (*others, *edit(target, was[0], own[0]))


def _is(manifest: Manifest, target: Target) -> bool:
    return manifest.resource == target.resource and manifest.key == target.object_key


def _faults(failed: Applied | None, spec: LaunchSpec) -> dict[str, str]:
    """Field of the form -> what the server said of it."""
    if failed is None or not isinstance(failed.error, Invalid):
        return {}
    found: dict[str, str] = {}
    for fault in field_errors(failed.error, spec, failed.change.resource):
        found.setdefault(field_at(fault.field), str(fault))
    return found


__all__ = ["Draft", "Prepared", "WriteError", "all_manifests", "prepare"]
