"""What a connection and its owner know of each other: two small protocols, so that plain and TLS sockets are alike."""

from typing import Protocol


class Link(Protocol):
    """An open connection."""

    def send(self, data: bytes) -> None:
        """Write all of it, now or as soon as the socket takes it. Errors arrive as ``lost``."""

    def close(self) -> None:
        """Close at once; the owner hears no more of it."""

    def hand_to(self, owner: "LinkOwner") -> None:
        """From now on it is this owner's."""


class LinkOwner(Protocol):
    """Who opened it. Calls come from the event loop, never from within ``send``."""

    def opened(self, link: Link, seconds: float) -> None:
        """It stands; connecting took ``seconds``."""

    def received(self, data: bytes, now: float, kernel: float) -> None:
        """Bytes read at ``now``; ``kernel`` is the kernel's receive stamp, 0.0 where there is none."""

    def lost(self, kind: str, text: str) -> None:
        """It could not be opened (``connect``), or ended (``reset``). The link is closed already."""

    def wants_stamp(self) -> bool:
        """Whether the next read should ask for the kernel's receive stamp."""
