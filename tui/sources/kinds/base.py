"""What a kind of object is to us: where the API serves it, what is decoded of it and which model value it becomes.

A file of this package that defines ``KINDS`` adds its kinds; nothing else has to be told (see ``registry.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from tui.model.ids import ObjectKey, OwnerRef
from tui.sources.kinds.text import moment, share, share_map


class Owner(msgspec.Struct, gc=False):
    """One entry of ``ownerReferences``."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class Meta(msgspec.Struct, rename="camel", gc=False):
    """``metadata``, as far as any kind needs it. ``managedFields``, half of what is sent, is skipped."""

    name: str
    namespace: str | None = None
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    finalizers: list[str] | None = None
    owner_references: list[Owner] | None = None

    @property
    def key(self) -> ObjectKey:
        return ObjectKey(share(self.namespace or ""), self.name)

    @property
    def owner(self) -> OwnerRef | None:
        """The controlling owner; without one, the first that is named."""
        owners = self.owner_references
        if not owners:
            return None
        owner = next((o for o in owners if o.controller), owners[0])
        return OwnerRef(share(owner.kind), share(owner.name), share(owner.uid))

    @property
    def created_at(self) -> float | None:
        return moment(self.creation_timestamp)

    @property
    def deleting_at(self) -> float | None:
        return moment(self.deletion_timestamp)

    @property
    def shared_labels(self) -> dict[str, str]:
        return share_map(self.labels)


class Item(msgspec.Struct):
    """What every decoded object has; each kind's struct adds what it reads."""

    metadata: Meta


class Loose(Item, gc=False):
    """An object whose shape we don't control: spec and status are read piece by piece with ``loose.py``."""

    spec: Any = None
    status: Any = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    ``group`` is ``""`` for the core group. ``item`` is the struct that is decoded, ``to_model`` makes the model value
    of it (it may raise ``ValueError`` or ``TypeError`` for a malformed object, which is then skipped and counted).
    ``poll_seconds`` None: watched, else listed that often. ``newest`` bounds how many are kept, by ``age_of``.
    ``partial``: only the metadata are fetched.
    """

    group: str
    plural: str
    item: type[Item]
    to_model: Callable[[Any], object]
    namespaced: bool = True
    poll_seconds: float | None = None
    newest: int | None = None
    age_of: Callable[[Any], float] | None = None
    partial: bool = False
    versions: tuple[str, ...] = ()  # assumed where discovery is denied

    @property
    def name(self) -> str:
        """``pods`` or ``inferenceworkloads.run.ai``: how changes and statuses call it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural
