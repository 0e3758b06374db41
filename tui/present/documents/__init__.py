"""Snapshot -> the documents of the headless twin: the contract of ``docs/json.md``.

Pure functions and typed values. Nothing here prints, reads a clock or knows a terminal. The meaning of a field may not
change without a new number in the schema's name; adding a field is allowed.
"""

from tui.present.documents.document import ITEMS, KINDS, Document, Source, build, document_of, source_items

__all__ = ["ITEMS", "KINDS", "Document", "Source", "build", "document_of", "source_items"]
