"""``/v1/chat/completions`` and ``/v1/completions`` over the engine model of one pod or of a workload's pods."""

import time
from collections.abc import Callable
from uuid import uuid4

from aiohttp import web

from tui.demo.nim.ask import Ask, AskError, parse
from tui.demo.nim.engine import PodEngine, Sink
from tui.demo.nim.errors import error_response
from tui.demo.nim.reply import ReplyBrokenError, StreamReply, WholeReply
from tui.demo.nim.sse import Frames, Kind, usage_json
from tui.demo.nim.tokens import words
from tui.demo.objects import Json

_STREAM_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


class Completions:
    """``choose`` gives the engine that takes the next request, ``None`` while no pod serves.

    ``early_role``: the role chunk leaves when the request is accepted, as some servers do, not with the first token.
    """

    def __init__(self, model: str, choose: Callable[[], PodEngine | None], *, early_role: bool = False) -> None:
        self._model = model
        self._choose = choose
        self._early_role = early_role

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/chat/completions", self._chat), web.post("/v1/completions", self._text)]

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "chat")

    async def _text(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "text")

    async def _answer(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        data = await request.read()
        engine = self._choose()
        if engine is None:
            return error_response(503, "Service is not ready.", "service_unavailable")
        try:
            ask = parse(kind, data)
            if ask.model != self._model:
                raise AskError(404, f"The model `{ask.model}` does not exist.", "NotFoundError", "model")
            return await (self._stream if ask.stream else self._whole)(request, engine, ask)
        except AskError as error:
            return error_response(error.status, str(error), error.kind, error.param)

    async def _stream(self, request: web.Request, engine: PodEngine, ask: Ask) -> web.StreamResponse:
        """Tokens go past aiohttp straight to the socket: one write for a token, no task woken."""
        _check_fits(engine, ask)
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        framed = request.version >= (1, 1)
        if framed:
            response.enable_chunked_encoding()
        else:
            response.force_close()
        try:
            await response.prepare(request)
        except ConnectionError:
            return response  # the client left while the head was on its way
        transport = request.transport
        if transport is None:
            return response  # the client left before the head was out
        frames = Frames(ask.kind, _ident(ask.kind), int(time.time()), ask.model)
        reply = StreamReply(transport, frames, ask, framed=framed, early_role=self._early_role)
        try:
            await _run(engine, ask, reply, reply)
        except ReplyBrokenError:
            transport.abort()
        return response

    async def _whole(self, _: web.Request, engine: PodEngine, ask: Ask) -> web.StreamResponse:
        _check_fits(engine, ask)
        reply = WholeReply()
        try:
            await _run(engine, ask, reply, reply)
        except ReplyBrokenError:
            return error_response(502, "The pod went away before the answer was whole.", "bad_gateway")
        return web.json_response(_document(ask))


async def _run(engine: PodEngine, ask: Ask, sink: Sink, reply: WholeReply) -> None:
    """Until the last token is out; a client that leaves cancels us, and its place in the engine is free at once."""
    entry = engine.submit(ask.prompt_tokens, ask.output_tokens, sink, ask.finish)
    try:
        await reply.done
    finally:
        engine.cancel(entry)


def _check_fits(engine: PodEngine, ask: Ask) -> None:
    """Refuses before the head is out what the engine's KV cache could never hold."""
    most = engine.parameters.cache_tokens
    if ask.prompt_tokens + ask.output_tokens > most:
        raise AskError(
            400,
            f"The request needs {ask.prompt_tokens + ask.output_tokens} tokens of KV cache; this pod has {most}.",
            "BadRequestError",
            "max_tokens",
        )


def _ident(kind: Kind) -> str:
    return f"{'chatcmpl' if kind == 'chat' else 'cmpl'}-{uuid4().hex}"


def _document(ask: Ask) -> Json:
    text = words(0, ask.output_tokens, ask.seed)
    choice: Json = {"index": 0}
    if ask.kind == "chat":
        choice["message"] = {"role": "assistant", "content": text}
    else:
        choice["text"] = text
    return {
        "id": _ident(ask.kind),
        "object": "chat.completion" if ask.kind == "chat" else "text_completion",
        "created": int(time.time()),
        "model": ask.model,
        "choices": [{**choice, "logprobs": None, "finish_reason": ask.finish, "stop_reason": None}],
        "usage": usage_json(ask.prompt_tokens, ask.output_tokens),
    }
