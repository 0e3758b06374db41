"""An object to be put into the cluster, and a change that is planned or done."""

from dataclasses import dataclass
from typing import Literal

from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject

Verb = Literal["create", "patch", "delete", "request"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """``resource`` is ``<plural>.<group>`` (``secrets`` for the core group). ``body`` may hold ``Secret`` values."""

    resource: str
    key: ObjectKey
    body: JsonObject

    @property
    def kind(self) -> str:
        return str(self.body.get("kind", self.resource))

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


@dataclass(frozen=True, slots=True)
class Change:
    """One write. ``body`` is the whole object for ``create``, a merge patch for ``patch``, a request's body for
    ``request`` (Run:ai's control plane: ``resource`` is ``METHOD path``), and ``None`` for ``delete``.

    ``resource_version`` and ``uid`` guard against what changed since it was planned. ``replaces`` is what exists now
    (for the difference); ``owned`` tells whether nimdeck made that.
    """

    verb: Verb
    resource: str
    key: ObjectKey
    title: str  # "create InferenceWorkload runai-test/llama"
    body: JsonObject | None = None
    replaces: JsonObject | None = None
    owned: bool | None = None
    resource_version: str | None = None
    uid: str | None = None
