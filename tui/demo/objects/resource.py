"""What a kind is to the API: its names and the few traits that change how it is served."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_BUILT_IN = frozenset({"", "apps", "batch", "policy", "autoscaling"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind in one version.

    ``has_status``: there is a status subresource. ``has_generation``: ``metadata.generation`` counts changes of spec.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    has_status: bool = True
    has_generation: bool = True
    categories: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        return f"{self.kind}List"

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def key(self) -> str:
        """``pods``, ``inferenceworkloads.run.ai``: how errors and RBAC name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """``Pod``, ``InferenceWorkload.run.ai``: how validation errors name it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def custom(self) -> bool:
        """Served from a CustomResourceDefinition: no strategic merge, items of a list name their kind."""
        return self.group not in _BUILT_IN and not self.group.endswith(".k8s.io")
