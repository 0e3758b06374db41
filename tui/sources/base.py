"""What every source is: threads of its own that put changes into a sink until they are told to stop."""

from typing import Protocol

from tui.model.changes import Sink


class Source(Protocol):
    """A source of changes. It owns its threads (daemons), its back-off and its ``SourceStatus`` lines.

    ``start`` returns at once and never raises for what the world does: trouble is a ``SourceStatus`` in the sink.
    ``refresh`` asks for fresh figures now. ``stop`` ends the threads and closes connections within a second.
    """

    name: str

    def start(self, sink: Sink) -> None: ...

    def refresh(self) -> None: ...

    def stop(self) -> None: ...
