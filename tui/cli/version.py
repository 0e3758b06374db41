"""The version: one place, read by the build too (``[tool.hatch.version]``)."""

__version__ = "0.1.0"
