"""A feed with a project, a claim and a Secret, whose writer does as the test says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.screens.cluster import cluster
from tests.screens.stage import SETTINGS, Deck, FakeFeed
from tui.launch.offered import FIELDS
from tui.model.changes import Listed
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.model.surroundings import Claim, SecretInfo, Surroundings
from tui.model.tenancy import ProjectObject

SPACE = "runai-test"
MODEL = "meta/llama-3.1-8b-instruct"
AROUND = Surroundings(
    SPACE,
    namespace_exists=True,
    claims=(Claim("nfs-pvc-nim", "Bound", None, ("ReadWriteMany",), 200 * 2**30),),
    secrets=(SecretInfo("ngc-api-key", "Opaque", ("NGC_API_KEY",)),),
    storage_classes=(),
    priority_classes=(),
    spec_fields=frozenset(field.name for field in FIELDS.values()),
    has_inference_workloads=True,
    progress_deadline_seconds=600.0,
)


class FakeWriter:
    """``refuse`` may raise for a change, in a dry run too."""

    def __init__(self, read_only: bool = False) -> None:
        self.read_only = read_only
        self.written: list[tuple[str, bool]] = []
        self.refuse: Callable[[Change], None] = lambda change: None

    def who(self) -> str:
        return "ops"

    def write(self, change: Change, dry_run: bool = False) -> JsonObject:
        self.refuse(change)
        self.written.append((change.title, dry_run))
        body = dict(change.body or {})
        return {**body, "metadata": {"name": change.key.name, "uid": f"uid-{change.key.name}"}}


class LaunchFeed(FakeFeed):
    """``there`` are the objects that exist."""

    def __init__(self, *, read_only: bool = False, around: Surroundings = AROUND) -> None:
        settings = replace(SETTINGS, read_only=read_only)
        projects = {
            ObjectKey("", name): ProjectObject(name, f"runai-{name}", None, quota, None, "Ready", "runai", used, used)
            for name, quota, used in (("small", 2.0, 1.5), ("test", 64.0, 10.0))
        }
        super().__init__([*cluster(), Listed("runai/projects", projects)], settings)
        self.around = around
        self.writer: Any = FakeWriter(read_only)
        self.there: dict[ObjectKey, JsonObject] = {}

    def surroundings(self, namespace: str) -> Surroundings:
        return replace(self.around, namespace=namespace)

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        return self.there.get(key)


async def fill(deck: Deck, **values: str) -> None:
    """Write into fields as their owner would."""
    for name, value in values.items():
        deck.app.screen.query_one(f"#{name}").value = value  # type: ignore[attr-defined]
    await deck.pilot.pause()


async def opened(deck: Deck) -> None:
    """The form with what the namespace has."""
    await deck.press("4")
    await deck.until(lambda: "nfs-pvc-nim" in deck.text())
