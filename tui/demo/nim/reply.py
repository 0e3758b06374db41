"""How the tokens of one request reach its client: as a stream of events written raw, or kept until all are there."""

import asyncio

from tui.demo.nim.ask import Ask
from tui.demo.nim.sse import DONE, Frames
from tui.demo.nim.tokens import words

_BEHIND_BYTES = 65536  # more than this unsent: the client is slow, and its tokens wait for each other


class ReplyBrokenError(Exception):
    """The pod went away before the answer was whole."""


class WholeReply:
    """Waits for the end. ``done`` raises ``ReplyBrokenError`` where the pod goes away first."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def deliver(self, tokens: int, finished: bool) -> None:
        if finished and not self.done.done():
            self.done.set_result(None)

    def fail(self) -> None:
        if not self.done.done():
            self.done.set_exception(ReplyBrokenError())


class StreamReply(WholeReply):
    """Writes events into a response whose head is out; ``framed`` puts each into an HTTP chunk, as servers do.

    The role chunk leaves at once if ``early_role``, else with the first token.
    """

    def __init__(
        self, transport: asyncio.WriteTransport, frames: Frames, ask: Ask, *, framed: bool, early_role: bool
    ) -> None:
        super().__init__()
        self._transport = transport
        self._frames = frames
        self._ask = ask
        self._framed = framed
        self._sent = 0
        self._held = 0
        self._role = frames.role()
        if early_role and self._role:
            self._write(self._role)
            self._role = b""

    def deliver(self, tokens: int, finished: bool) -> None:
        self._held += tokens
        if self._transport.is_closing():
            return
        if not finished and self._transport.get_write_buffer_size() > _BEHIND_BYTES:
            return
        text = words(self._sent, self._held, self._ask.seed)
        self._sent += self._held
        self._held = 0
        events = [self._role] if self._role else []
        self._role = b""
        events += self._last(text) if finished else [self._frames.content(text)]
        self._write(*events)
        super().deliver(tokens, finished)

    def _last(self, text: str) -> list[bytes]:
        events = [self._frames.last(text, self._ask.finish)]
        if self._ask.include_usage:
            events.append(self._frames.usage(self._ask.prompt_tokens, self._sent))
        return [*events, DONE]

    def _write(self, *events: bytes) -> None:
        if self._framed:
            events = tuple(b"%x\r\n%b\r\n" % (len(event), event) for event in events)
        self._transport.write(b"".join(events) if len(events) > 1 else events[0])
