"""``:storage``: the claim of a model cache, on an NFS share or by a storage class, and as a data source of Run:ai."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from tui.launch.rest import PVC_ASSETS, pvc_asset
from tui.launch.rules import nfs_server, path, subdomain
from tui.launch.sizes import parse_size, size_text
from tui.launch.storage import storage_manifests
from tui.model.launch_spec import CACHE_PATH, AccessMode, NewClaim, NfsVolume, Storage
from tui.model.surroundings import Claim, Surroundings
from tui.present import format as fmt
from tui.present.changes import Step
from tui.screens.change_assets import asset_step, object_steps
from tui.screens.change_form import NO_CONTROL_PLANE, AssetForm, field, name_fault, no_yes
from tui.screens.change_plans import author_of
from tui.screens.change_try import Review
from widgets.form_line import FormLine
from widgets.form_pick import Option, Pick
from widgets.form_tiles import Tiles
from widgets.rows import Cell, Column, Row, Tone

_WAYS = (("nfs", "an NFS share"), ("class", "a storage class"))
_MODES = (("ReadWriteMany", "many nodes write"), ("ReadWriteOnce", "one node"), ("ReadOnlyMany", "many nodes read"))
_SHORT = {"ReadWriteMany": "RWX", "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteOncePod": "RWOP"}


class StorageForm(AssetForm):
    """One new claim."""

    NAME = "Storage"
    WORDS: ClassVar[Mapping[str, str]] = {
        "name": "The claim's name; a launch mounts it at /opt/nim/.cache, so that a model is downloaded once",
        "size": "As 500Gi or 1Ti; the 8B models need some 20Gi each",
        "mode": "Several replicas on several nodes share one cache only where many nodes may write",
        "way": "An NFS share gets a PersistentVolume of its own; a storage class makes its volume itself",
        "server": "Host name or address of the NFS server, without a path",
        "share": "The exported folder, such as /srv/nim-cache",
        "class": "The cluster's default where nothing is given",
        "asset": "So that it can be chosen in Run:ai's own forms too",
        "mount": "Where the data source is mounted in a container",
    }
    COLUMNS = (
        Column("name", "CLAIMS THERE", 24, flexible=True, max_width=44),
        Column("phase", "PHASE", 8),
        Column("size", "SIZE", 9, "right"),
        Column("modes", "ACCESS", 9),
        Column("class", "CLASS", 16, priority=2),
        Column("volume", "VOLUME", 20, priority=1, flexible=True),
    )

    def lines(self) -> Sequence[FormLine]:
        return (
            FormLine("Name", [field("name", 40, "nim-cache")]),
            FormLine("Size", [field("size", 12, value="500Gi")]),
            FormLine("Access", [Tiles(_MODES, "ReadWriteMany", "mode")]),
            FormLine("On", [Tiles(_WAYS, "nfs", "way")]),
            FormLine("NFS", [field("server", placeholder="server"), field("share", placeholder="/exported/folder")]),
            FormLine("Class", [Pick("", "the cluster's default", "class")]),
            FormLine("Run:ai", [no_yes("asset"), "as a data source at", field("mount", value=CACHE_PATH)]),
        )

    def reasons(self, texts: Mapping[str, str]) -> dict[str, str]:
        found = {}
        if self.query_one("#way", Tiles).value == "nfs":
            found["class"] = "an NFS share needs no class"
        else:
            found |= dict.fromkeys(("server", "share"), "the storage class makes the volume")
        if self.deck.feed is None or self.deck.feed.control_plane is None:
            found |= dict.fromkeys(("asset", "mount"), NO_CONTROL_PLANE)
        return found

    def faults(self, texts: Mapping[str, str]) -> dict[str, str]:
        found = name_fault(texts, "name", "the name")
        size = parse_size(texts.get("size", ""))
        if not size:
            found["size"] = f"size {texts.get('size', '')!r}: write it as 500Gi or 1Ti"
        if texts.get("way") == "nfs":
            server = texts.get("server", "")
            if fault := nfs_server(server) if server else "is missing":
                found["server"] = f"the NFS server {fault}"
            if not texts.get("share", "").startswith("/"):
                found["share"] = "the share is a folder of the server: write it from /, such as /srv/nim-cache"
        elif (name := texts.get("class", "")) and (fault := subdomain(name)):
            found["class"] = f"class {fault}"
        if texts.get("asset") == "yes" and (fault := path(texts.get("mount", ""))):
            found["mount"] = f"the folder {fault}"
        return found

    def review(self, texts: Mapping[str, str], namespace: str) -> Review:
        storage = storage_of(texts)
        name, project = texts["name"], texts["project"]
        feed = self.deck.feed
        assert feed is not None

        def plan() -> list[Step]:
            steps = object_steps(feed, storage_manifests(storage, namespace, author_of(feed)))
            if texts.get("asset") == "yes":
                steps.append(
                    asset_step(
                        feed, project, PVC_ASSETS, name, "data source", lambda number, cluster: pvc_asset(
                            name, storage, number, cluster
                        ),
                    )
                )  # fmt: skip
            return steps

        return Review(f"Storage {name}", plan, chained=True)

    def found(self, around: Surroundings | None) -> None:
        classes = around.storage_classes if around is not None else None
        options = [Option(one.name, _class_note(one.is_default, one.provisioner)) for one in classes or ()]
        self.query_one("#class", Pick).set_options(options)

    def there(self, around: Surroundings) -> Sequence[Row] | None:
        return None if around.claims is None else [claim_row(claim) for claim in around.claims]


def storage_of(texts: Mapping[str, str]) -> Storage:
    """The claim that checked texts mean."""
    size = parse_size(texts["size"]) or 0
    mode = cast(AccessMode, texts["mode"])
    if texts["way"] == "nfs":
        volume = NfsVolume(f"{texts['project']}-{texts['name']}", texts["server"], texts["share"])
        new = NewClaim(size, None, mode, volume)
    else:
        new = NewClaim(size, texts.get("class") or None, mode)
    return Storage(texts["name"], texts.get("mount") or CACHE_PATH, new=new)


def claim_row(claim: Claim) -> Row:
    """A claim that is there."""
    tone = {"Bound": Tone.GOOD, "Pending": Tone.WARN, "Lost": Tone.BAD}.get(claim.phase or "", Tone.DIM)
    cells = (
        Cell(claim.name),
        Cell(claim.phase or fmt.UNKNOWN, tone),
        Cell(fmt.UNKNOWN if claim.size_bytes is None else size_text(claim.size_bytes)),
        Cell(",".join(_SHORT.get(mode, mode) for mode in claim.access_modes)),
        Cell(claim.storage_class or fmt.UNKNOWN, Tone.DIM),
        Cell(claim.volume or claim.message or fmt.UNKNOWN, Tone.DIM),
    )
    return Row(claim.name, cells)


def _class_note(is_default: bool, provisioner: str | None) -> str:
    return f"{provisioner or ''}{' (default)' if is_default else ''}".strip()
