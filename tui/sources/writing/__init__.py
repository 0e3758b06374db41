"""Changing the world: the one writer, its errors and its audit log. Importing this imports no client library."""

from tui.sources.writing.audit import Audit, AuditEntry, read_audit
from tui.sources.writing.errors import (
    Changed,
    Exists,
    Invalid,
    Missing,
    NoAnswer,
    NotAllowed,
    NotAudited,
    ReadOnly,
    Rejected,
    WriteError,
)
from tui.sources.writing.writer import Writer

__all__ = [
    "Audit",
    "AuditEntry",
    "Changed",
    "Exists",
    "Invalid",
    "Missing",
    "NoAnswer",
    "NotAllowed",
    "NotAudited",
    "ReadOnly",
    "Rejected",
    "WriteError",
    "Writer",
    "read_audit",
]
