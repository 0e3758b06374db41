"""What a client asks of ``/v1/chat/completions`` or ``/v1/completions``: decoded, checked, counted. No I/O."""

import zlib
from dataclasses import dataclass

import msgspec

from tui.demo.nim.sse import Finish, Kind
from tui.demo.nim.tokens import count_chat, count_tokens

MAX_MODEL_TOKENS = 131_072
_SHORTEST, _SPREAD = 40, 400  # an answer that may end of itself has 40 to 439 tokens, by its prompt


class AskError(Exception):
    """An answer that refuses: HTTP status, text, OpenAI's kind and the parameter at fault."""

    def __init__(self, status: int, message: str, kind: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.param = param


class _Part(msgspec.Struct):
    type: str = "text"
    text: str = ""


class _Message(msgspec.Struct):
    role: str
    content: str | list[_Part] | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Body(msgspec.Struct, kw_only=True):
    """Fields of both endpoints; unknown ones are ignored, as vLLM does."""

    model: str
    max_tokens: int | None = None
    min_tokens: int | None = None
    ignore_eos: bool | None = None
    temperature: float | None = None
    n: int | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None


class _Chat(_Body, kw_only=True):
    messages: list[_Message]
    max_completion_tokens: int | None = None


class _Text(_Body, kw_only=True):
    prompt: str | list[str | int]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that makes sense. ``output_tokens`` is how long the answer will be and ``finish`` why it ends then."""

    kind: Kind
    model: str
    prompt_tokens: int
    output_tokens: int
    finish: Finish
    stream: bool
    include_usage: bool
    seed: int


_CHAT, _TEXT = msgspec.json.Decoder(_Chat), msgspec.json.Decoder(_Text)


def parse(kind: Kind, data: bytes) -> Ask:
    """Raises ``AskError``: 400 for no JSON or a value out of range, 422 for a field that is missing or doesn't fit."""
    try:
        body: _Chat | _Text = _CHAT.decode(data) if kind == "chat" else _TEXT.decode(data)
    except msgspec.ValidationError as error:
        raise AskError(422, f"{error}.", "UnprocessableEntityError") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AskError(400, f"The body is no JSON: {error}.", "BadRequestError") from None
    _check(body)
    prompt_tokens, most = _prompt_tokens(body), body.max_tokens
    if isinstance(body, _Chat) and body.max_completion_tokens is not None:
        most = body.max_completion_tokens
    most = _most(most, prompt_tokens)
    seed = zlib.crc32(data)
    natural = max(_SHORTEST + seed % _SPREAD, body.min_tokens or 0)
    full = bool(body.ignore_eos) or natural >= most
    return Ask(
        kind=kind,
        model=body.model,
        prompt_tokens=prompt_tokens,
        output_tokens=most if full else natural,
        finish="length" if full else "stop",
        stream=bool(body.stream),
        include_usage=body.stream_options is not None and body.stream_options.include_usage,
        seed=seed,
    )


def _check(body: _Body) -> None:
    if body.temperature is not None and not 0 <= body.temperature <= 2:
        raise _refused(f"temperature must be from 0 to 2, got {body.temperature:g}.", "temperature")
    if body.n not in (None, 1):
        raise _refused(f"n must be 1 here, got {body.n}.", "n")
    if body.min_tokens is not None and body.min_tokens < 0:
        raise _refused(f"min_tokens must be at least 0, got {body.min_tokens}.", "min_tokens")
    if body.min_tokens and body.max_tokens is not None and body.min_tokens > body.max_tokens:
        raise _refused(f"min_tokens must be at most max_tokens={body.max_tokens}, got {body.min_tokens}.", "min_tokens")
    if body.stream_options is not None and not body.stream:
        raise _refused("Stream options can only be defined when `stream=True`.", "stream_options")


def _prompt_tokens(body: _Chat | _Text) -> int:
    if isinstance(body, _Chat):
        if not body.messages:
            raise _refused("messages must have at least one message.", "messages")
        return count_chat(message.text() for message in body.messages)
    prompt = body.prompt if isinstance(body.prompt, list) else [body.prompt]
    texts = [part for part in prompt if isinstance(part, str)]
    if len(texts) > 1 or (texts and len(prompt) > 1) or not prompt:
        raise _refused("prompt must be one text, or the tokens of one, here.", "prompt")
    return 1 + count_tokens(texts[0]) if texts else len(prompt)


def _most(asked: int | None, prompt_tokens: int) -> int:
    """The longest that the answer may be."""
    if asked is not None and asked < 1:
        raise _refused(f"max_tokens must be at least 1, got {asked}.", "max_tokens")
    room = MAX_MODEL_TOKENS - prompt_tokens
    if room < (asked or 1):
        raise _refused(
            f"This model's maximum context length is {MAX_MODEL_TOKENS} tokens. However, you requested "
            f"{prompt_tokens + (asked or 1)} tokens ({prompt_tokens} in the messages, {asked or 1} in the completion). "
            "Please reduce the length of the messages or completion.",
            "messages",
        )
    return asked or room


def _refused(message: str, param: str) -> AskError:
    return AskError(400, message, "BadRequestError", param)
