"""Watch: changes as JSON lines, from a version on or from what is there now."""

import asyncio
from collections.abc import Iterator

from aiohttp import web

from tui.demo.kube.call import Call
from tui.demo.kube.forms import partial
from tui.demo.kube.handlers.read import table_writer, version_of
from tui.demo.kube.negotiation import Form, negotiate
from tui.demo.kube.selectors import selector
from tui.demo.kube.streams import Lines, Watcher
from tui.demo.objects import Change, Json
from tui.demo.objects.errors import Cause, expired, invalid
from tui.demo.objects.versions import encode, watch_line

QUEUE_LINES = 2000
_INITIAL_END = {"k8s.io/initial-events-end": "true"}


async def watch(call: Call) -> web.StreamResponse:
    """Streams until the time is up, the client leaves, falls behind, or the server stops."""
    form = negotiate(call.request.headers.get("Accept", ""))
    matches = selector(call.res, call.query("labelSelector"), call.query("fieldSelector"))
    initial = _initial_events(call)
    version = version_of(call.query("resourceVersion"))
    lines = _lines(call, form)
    watcher = Watcher(call.request, call.namespace, matches, lines, QUEUE_LINES)
    # From here to the subscription nothing may wait: a change in between would be lost or sent twice.
    first = _first_lines(call, watcher, version, initial)
    watcher.version = max(version, call.store.version) if initial or not version else version
    unsubscribe = call.store.watch(call.res, watcher.take)
    call.context.watchers.add(watcher)
    try:
        return await _stream(call, watcher, first)
    finally:
        call.context.watchers.discard(watcher)
        unsubscribe()


async def _stream(call: Call, watcher: Watcher, first: list[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"})
    response.enable_chunked_encoding()
    await response.prepare(call.request)
    loop = asyncio.get_running_loop()
    timing = call.context.timing
    end = loop.time() + (call.number("timeoutSeconds") or timing.watch_seconds)
    bookmarks = call.flag("allowWatchBookmarks")
    next_bookmark = loop.time() + timing.bookmark_seconds
    if first:
        await response.write(b"".join(first))
    if first and first[-1].startswith(b'{"type":"ERROR"'):
        watcher.end()
    while not watcher.ended and loop.time() < end:
        data = await watcher.next((min(end, next_bookmark) if bookmarks else end) - loop.time())
        if data:
            await response.write(data)
        if bookmarks and loop.time() >= next_bookmark:
            next_bookmark = loop.time() + timing.bookmark_seconds
            # What is queued goes first: a bookmark ahead of a change would let a client resume past it.
            await response.write(await watcher.next(0) + _bookmark(call, call.store.version))
    if bookmarks and not watcher.ended:
        await response.write(await watcher.next(0) + _bookmark(call, call.store.version))
    return response


def _initial_events(call: Call) -> bool:
    """``sendInitialEvents``; it needs a resourceVersionMatch. Raises ``ApiError`` 422."""
    if not call.query("sendInitialEvents"):
        return False
    if call.query("resourceVersionMatch") != "NotOlderThan":
        fault = (
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            if not call.query("resourceVersionMatch")
            else f'Unsupported value: "{call.query("resourceVersionMatch")}": supported values: "NotOlderThan"'
        )
        cause = Cause("FieldValueForbidden", fault, "resourceVersionMatch")
        raise invalid("ListOptions.meta.k8s.io", "", [cause])
    return call.flag("sendInitialEvents")


def _first_lines(call: Call, watcher: Watcher, version: int, initial: bool) -> list[bytes]:
    ring = call.store.ring(call.res)
    if not initial and version:
        if version < ring.compacted:
            message = f"too old resource version: {version} ({ring.compacted})"
            return [watch_line("ERROR", encode(expired(message).status()))]
        return [line for change in ring.since(version) if (line := watcher.line(change)) is not None]
    lines = [line for change in _present(call) if (line := watcher.line(change)) is not None]
    if initial and call.flag("allowWatchBookmarks"):
        lines.append(_bookmark(call, call.store.version, _INITIAL_END))
    return lines


def _present(call: Call) -> Iterator[Change]:
    """What is there now, as if it had just been added."""
    for stored in call.store.stored_list(call.res, call.namespace):
        yield Change("ADDED", call.res, stored, None)


def _bookmark(call: Call, version: int, annotations: Json | None = None) -> bytes:
    metadata: Json = {"resourceVersion": str(version)}
    if annotations:
        metadata["annotations"] = annotations
    obj: Json = {"kind": call.res.kind, "apiVersion": call.res.api_version, "metadata": metadata}
    if call.res.key == "pods":
        obj |= {"spec": {"containers": None}, "status": {}}
    return watch_line("BOOKMARK", encode(obj))


def _lines(call: Call, form: Form) -> Lines:
    """How a change becomes a line: shared bytes for objects, made for this watcher for the other forms."""
    if form is Form.OBJECT:
        return lambda kind, change: change.line(kind)
    if form is Form.METADATA:
        return lambda kind, change: watch_line(kind, encode(partial(change.stored.obj)))
    writer = table_writer(call)
    described = False

    def table_line(kind: str, change: Change) -> bytes:
        nonlocal described
        metadata = {"resourceVersion": str(change.version)}
        table = writer.table([change.stored], metadata, definitions=not described)
        described = True
        return watch_line(kind, encode(table))

    return table_line
