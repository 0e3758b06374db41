"""What the preflight looks at beside the Snapshot, read on demand within some ten seconds. Writes nothing."""

from tui.sources.installation.read import read_installation

__all__ = ["read_installation"]
