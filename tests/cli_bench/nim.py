"""The embedded NIM on a thread of its own, in real time, for commands that measure it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.demo_prom.world import small_cluster
from tui.demo.nim.servers import NimServers

MODEL = "meta/llama-3.1-8b-instruct"


@contextmanager
def embedded_nim() -> Iterator[str]:
    """Its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="embedded NIM")
    thread.start()

    async def started() -> NimServers:
        servers = NimServers(*small_cluster(), time.time)
        await servers.start()
        return servers

    servers = asyncio.run_coroutine_threadsafe(started(), loop).result(20)
    try:
        yield servers.urls["runai-test/llama"]
    finally:
        asyncio.run_coroutine_threadsafe(servers.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
