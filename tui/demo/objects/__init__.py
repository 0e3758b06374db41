"""The embedded cluster's objects: one store that its Kubernetes API serves and its simulated controllers change."""

from tui.demo.objects.errors import ApiError
from tui.demo.objects.resource import Json, Resource
from tui.demo.objects.store import ObjectStore
from tui.demo.objects.versions import Change, Stored

__all__ = ["ApiError", "Change", "Json", "ObjectStore", "Resource", "Stored"]
