"""The Run:ai control plane as a source. Importing this does not import httpx."""

from tui.sources.runai.source import RunaiSource

__all__ = ["RunaiSource"]
