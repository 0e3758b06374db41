"""``:secret``: NGC's API key, or the login with which images are pulled from nvcr.io, as a Secret of a project.

The key leaves its field as a ``Secret`` the moment the review opens, and the field is emptied: it is in no preview, log
or picture, and no variable of this module ever holds its text.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.widgets import Input

from config.secret import Secret
from tui.launch.rest import GENERIC_SECRET_ASSETS, REGISTRY_ASSETS, existing_secret_asset
from tui.launch.rules import secret_key
from tui.launch.secrets import ngc_secret, registry_secret
from tui.model.launch_spec import NGC_KEY
from tui.model.manifest import Manifest
from tui.model.surroundings import SecretInfo, Surroundings
from tui.present import format as fmt
from tui.present.changes import Step
from tui.screens.change_assets import asset_step, object_steps
from tui.screens.change_form import NO_CONTROL_PLANE, AssetForm, field, name_fault, no_yes
from tui.screens.change_plans import author_of
from tui.screens.change_try import Review
from widgets.form_line import FormLine
from widgets.form_tiles import Tiles
from widgets.rows import Cell, Column, Row, Tone

KINDS = (("ngc", "NGC API key"), ("registry", "pull images from nvcr.io"))
_NAMES = {"ngc": "ngc-api-key", "registry": "ngc-registry"}
_LONGEST = 4096


class SecretForm(AssetForm):
    """One Secret."""

    NAME = "Secrets"
    WORDS: ClassVar[Mapping[str, str]] = {
        "kind": "A NIM downloads its model with the first; the cluster pulls its image with the second",
        "name": "The Secret's name, by which a launch refers to it",
        "key": "The key in the Secret; NIMs look for NGC_API_KEY",
        "token": "Pasted or typed, never shown; it goes into the cluster's Secret and nowhere else",
        "replace": "Whether a Secret of that name gets the new key; what runs keeps the old one until it restarts",
        "asset": "So that it can be chosen in Run:ai's own forms too",
    }
    COLUMNS = (
        Column("name", "SECRETS THERE", 30, flexible=True, max_width=52),
        Column("type", "TYPE", 30, priority=1),
        Column("keys", "KEYS", 24, flexible=True),
    )

    def __init__(self, kind: str = "ngc") -> None:
        super().__init__()
        self._kind = kind

    def lines(self) -> Sequence[FormLine]:
        return (
            FormLine("Kind", [Tiles(KINDS, self._kind, "kind")]),
            FormLine("Name", [field("name", 34, "ngc-api-key"), "key", field("key", 22, value=NGC_KEY)]),
            FormLine("NGC key", [field("token", placeholder="nvapi-…, not shown", secret=True)]),
            FormLine("Replace", [no_yes("replace")]),
            FormLine("Run:ai", [no_yes("asset"), "as a credential"]),
        )

    def reasons(self, texts: Mapping[str, str]) -> dict[str, str]:
        found = {}
        if self.query_one("#kind", Tiles).value == "registry":
            found["key"] = "a pull Secret has a key of its own"
        if self.deck.feed is None or self.deck.feed.control_plane is None:
            found["asset"] = NO_CONTROL_PLANE
        return found

    def texts(self) -> dict[str, str]:
        found = super().texts()
        return {**found, "name": found.get("name") or _NAMES[found.get("kind", "ngc")]}

    def faults(self, texts: Mapping[str, str]) -> dict[str, str]:
        found = name_fault(texts, "name", "the name")
        if texts["kind"] == "ngc" and (fault := secret_key(texts.get("key", ""))):
            found["key"] = f"the key {fault}"
        if fault := token_fault(self.query_one("#token", Input)):
            found["token"] = fault
        return found

    def review(self, texts: Mapping[str, str], namespace: str) -> Review:
        token = take_secret(self.query_one("#token", Input))
        self._tried = False
        feed = self.deck.feed
        assert feed is not None
        kind, name, project = texts["kind"], texts["name"], texts["project"]
        path, what = (
            (GENERIC_SECRET_ASSETS, "credential") if kind == "ngc" else (REGISTRY_ASSETS, "registry credential")
        )

        def manifest() -> Manifest:
            author = author_of(feed)
            if kind == "registry":
                return registry_secret(namespace, name, token, author)
            return ngc_secret(namespace, name, texts["key"], token, author)

        def plan() -> list[Step]:
            replace = texts.get("replace") == "yes"
            steps = object_steps(feed, [manifest()], replace=replace, kept="choose Replace to give it this key")
            if texts.get("asset") == "yes":
                steps.append(
                    asset_step(
                        feed, project, path, name, what, lambda number, cluster: existing_secret_asset(
                            name, name, number, cluster
                        ),
                    )
                )  # fmt: skip
            return steps

        return Review(f"Secret {name}", plan, chained=True)

    def there(self, around: Surroundings) -> Sequence[Row] | None:
        return None if around.secrets is None else [secret_row(secret) for secret in around.secrets]


def token_fault(field: Input) -> str:
    """What is wrong with what was typed; it is never repeated."""
    if not field.value.strip():
        return "the NGC key is missing"
    if len(field.value) > _LONGEST or any(sign.isspace() or not sign.isprintable() for sign in field.value.strip()):
        return "this is no NGC key: one line without spaces is meant"
    return ""


def take_secret(field: Input) -> Secret:
    """What was typed, taken out of its field."""
    taken = Secret(field.value.strip())
    field.clear()
    return taken


def secret_row(secret: SecretInfo) -> Row:
    """A Secret that is there, without its values."""
    keys = fmt.UNKNOWN if secret.keys is None else ", ".join(secret.keys)
    return Row(secret.name, (Cell(secret.name), Cell(secret.type or fmt.UNKNOWN, Tone.DIM), Cell(keys, Tone.DIM)))
