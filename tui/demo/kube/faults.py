"""Faults to order, for tests and scenarios: consulted at one place, before a request is handled."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from tui.demo.kube.answers import status_response
from tui.demo.objects import ApiError

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"


class Fault(StrEnum):
    """What goes wrong with every request from now on."""

    NONE = "none"
    UNAUTHORIZED = "unauthorized"
    """401, as if the token had been withdrawn."""
    UNAVAILABLE = "unavailable"
    """503 from an API server that is going down."""
    HTML = "html"
    """A proxy's page with status 200 instead of JSON."""
    HALF_LINE = "half_line"
    """The beginning of an answer, then the connection is closed."""
    HANG = "hang"
    """No answer at all."""


@dataclass(slots=True)
class Faults:
    """The fault in force; ``paths``: only requests whose path contains this text suffer it."""

    fault: Fault = Fault.NONE
    paths: str = ""
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, fault: Fault, paths: str = "") -> None:
        """Starts a fault, or ends it with ``Fault.NONE``; requests that hang are let go with an error then."""
        self.release()
        self.fault, self.paths = fault, paths

    def release(self) -> None:
        """Lets hanging requests go."""
        self._released.set()
        self._released = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """The faulty answer to this request, or ``None`` where all is well."""
        if self.fault is Fault.NONE or self.paths not in request.path_qs:
            return None
        if self.fault is Fault.UNAUTHORIZED:
            return status_response(ApiError(401, "Unauthorized", "Unauthorized"))
        if self.fault is Fault.HTML:
            return web.Response(text=_PAGE, content_type="text/html")
        if self.fault is Fault.HALF_LINE:
            return await _half(request)
        if self.fault is Fault.HANG:
            await self._released.wait()
        message = "the server is currently unable to handle the request"
        return status_response(ApiError(503, "ServiceUnavailable", message, {}))


async def _half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(b'{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"na')
    if request.transport is not None:
        request.transport.close()
    return response
