"""What form of an answer the client accepts: the object, a Table for eyes, or metadata only."""

from enum import StrEnum
from typing import NamedTuple

from tui.demo.kube.call import not_acceptable

_JSON = frozenset({"application/json", "application/*", "*/*"})


class Form(StrEnum):
    """The forms of an answer; the value is what ``as=`` names."""

    OBJECT = ""
    TABLE = "Table"
    METADATA = "PartialObjectMetadata"
    METADATA_LIST = "PartialObjectMetadataList"


class MediaType(NamedTuple):
    """One entry of an Accept header."""

    name: str
    parameters: dict[str, str]


def parse_accept(header: str) -> list[MediaType]:
    """The entries in order; a missing header accepts anything."""
    entries = []
    for entry in (header or "*/*").split(","):
        name, *parts = (part.strip() for part in entry.split(";"))
        entries.append(MediaType(name.lower(), dict(part.partition("=")[::2] for part in parts)))
    return entries


def negotiate(header: str, *, of_list: bool = False) -> Form:
    """The first form that is accepted and served. Raises ``ApiError`` 406."""
    served = {Form.OBJECT, Form.TABLE, Form.METADATA_LIST if of_list else Form.METADATA}
    for media in parse_accept(header):
        wanted = media.parameters.get("as", "")
        known = media.parameters.get("v", "v1") == "v1" or not wanted
        if media.name in _JSON and known and wanted in served:
            return Form(wanted)
    raise not_acceptable()
