"""Names, UIDs and numbers that depend on the seed and on what they are for, never on the order of calls."""

import hashlib
import uuid
from datetime import UTC, datetime
from functools import lru_cache

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # what Kubernetes makes random suffixes of


class Names:
    """Everything random in the world comes from here; the same seed and parts always give the same answer."""

    def __init__(self, seed: int) -> None:
        self._key = str(seed).encode()

    def digest(self, *parts: object) -> bytes:
        text = "\x1f".join(map(str, parts)).encode()
        return hashlib.blake2b(text, digest_size=16, key=self._key).digest()

    def uuid(self, *parts: object) -> str:
        return str(uuid.UUID(bytes=self.digest(*parts), version=4))

    def hex(self, *parts: object, length: int = 64) -> str:
        return hashlib.sha256(self.digest(*parts)).hexdigest()[:length]

    def suffix(self, *parts: object, length: int = 5) -> str:
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in self.digest(*parts)[:length])

    def number(self, *parts: object) -> float:
        """A number from 0 up to, not including, 1."""
        return int.from_bytes(self.digest(*parts)[:6], "big") / 2**48


@lru_cache(1024)
def rfc3339(at: float) -> str:
    """Unix seconds as Kubernetes writes times: whole seconds, UTC. Kept, as much of a world happens at one moment."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_micro(at: float) -> str:
    """Unix seconds as ``MicroTime``, which events and leases carry."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str | None) -> float | None:
    """Unix seconds of an RFC 3339 time, ``None`` for none."""
    return None if not text else datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
