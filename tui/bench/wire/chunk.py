"""What one event of the stream means: content, finish, usage, error; and when its bytes alone tell.

Most events of a stream differ from the first content event in nothing but the text. ``Shape`` is learned from that one
and recognises its like by four byte searches, without JSON. A key's quotes can't occur inside a JSON string
unescaped, so a match is never text of the model's. Whatever does not match is parsed.
"""

from typing import NamedTuple

import msgspec


class Delta(msgspec.Struct):
    """The parts of a delta that can carry tokens."""

    content: object = None
    reasoning_content: object = None
    reasoning: object = None


class Choice(msgspec.Struct):
    """One choice: ``delta`` for chat, ``text`` for completions."""

    delta: Delta | None = None
    text: object = None
    finish_reason: str | None = None

    def has_tokens(self) -> bool:
        """Whether it carries non-empty content or reasoning."""
        delta = self.delta
        return bool(self.text or (delta is not None and (delta.content or delta.reasoning_content or delta.reasoning)))


class Usage(msgspec.Struct):
    """Token counts as the server counted them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Chunk(msgspec.Struct):
    """One decoded event."""

    choices: list[Choice] | None = None
    usage: Usage | None = None
    error: msgspec.Raw = msgspec.Raw(b"")
    object: str | None = None
    message: str | None = None

    def has_tokens(self) -> bool:
        """Whether any choice carries tokens."""
        return bool(self.choices) and any(choice.has_tokens() for choice in self.choices or ())

    def finish_reason(self) -> str | None:
        """The first finish reason of its choices."""
        return next((choice.finish_reason for choice in self.choices or () if choice.finish_reason), None)

    def is_error(self) -> bool:
        """Whether it is an error object rather than a piece of an answer."""
        error = bytes(self.error)
        return (bool(error) and error != b"null") or (self.object == "error" and not self.choices)


decode = msgspec.json.Decoder(Chunk).decode
"""Decode an event's data. Raises ``msgspec.DecodeError`` (``ValidationError`` is one) for what is no chunk."""


class Shape(NamedTuple):
    """The marks of an ordinary content event of one server."""

    finish: bytes
    lead: bytes
    """All before the text: the key, the colon and the opening quote."""
    width: int
    usage: bytes

    def holds(self, event: bytes) -> bool:
        """Whether ``event`` is one more piece of content, with neither finish nor usage."""
        # ``in`` on bytes makes and drops an exception each time (CPython tries an integer first); ``find`` does not.
        finish, lead, width, usage = self
        find = event.find
        at = find(lead)
        return at >= 0 and event[at + width] != _QUOTE and find(finish) >= 0 and find(usage) < 0


_QUOTE = ord('"')
NO_SHAPE = Shape(b"\x00", b"\x00", 0, b"\x00")
"""Holds for no event: JSON has no NUL."""


def learn(event: bytes) -> Shape:
    """The shape of a content event without finish; ``NO_SHAPE`` where its bytes give no safe marks."""
    for space in (b"", b" "):
        finish = b'"finish_reason":' + space + b"null"
        if finish not in event:
            continue
        for key in (b'content":', b'reasoning":', b'"text":'):
            lead = key + space + b'"'
            if lead in event and lead + b'"' not in event:
                null_usage = b'"usage":' + space + b"null"
                usage = b'"usage":' + space + b"{" if null_usage in event else b'"usage"'
                return Shape(finish, lead, len(lead), usage)
    return NO_SHAPE
