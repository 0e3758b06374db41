"""The Run:ai control plane as a source, and for single requests. Importing this does not import httpx."""

from tui.sources.runai.control_plane import ControlPlane
from tui.sources.runai.source import RunaiSource

__all__ = ["ControlPlane", "RunaiSource"]
