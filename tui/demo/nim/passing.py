"""What a request passes at a workload's own address before a NIM answers it."""

from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from tui.demo.nim.activator import Activator

Key = tuple[str, str]  # namespace, workload
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def counting(prompts: Counter[Key], key: Key) -> Middleware:
    """Counts the prompts that are being answered."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "POST":
            return await handler(request)
        prompts[key] += 1
        try:
            return await handler(request)
        finally:
            prompts[key] -= 1

    return count


def keeping(activator: Activator, key: Key) -> Middleware:
    """Tells the autoscaler of every request, and keeps those that come while none of the pods serves."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        with activator.traffic.request(key):
            ended = await activator.admit(key)
            return await handler(request) if ended is None else ended

    return keep
