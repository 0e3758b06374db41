"""One NIM endpoint of a workload: models, health, metadata, version, metrics and, for language models, completions."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tui.demo.nim.ask import MAX_MODEL_TOKENS
from tui.demo.nim.completions import Completions
from tui.demo.nim.errors import error_response
from tui.demo.nim.load import NimLoad
from tui.demo.nim.metrics import NimSheets
from tui.demo.objects import Json
from tui.demo.prom.exposition import render

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_MOST_BODY_BYTES = 16 * 1024 * 1024
_MODEL_NOTE = (
    "An embedded model of an inference engine, not one: text is made up, times follow parameters fitted to the "
    "published figures of one H100 NVL (2000:200 tokens: 137 users, 2,977 tokens/s, mean TTFT 987 ms in a burst start)."
)


@dataclass(frozen=True, slots=True)
class NimState:
    """What an endpoint knows of its workload now. ``load`` is None while no pod of it is ready."""

    workload: str
    model: str
    release: str
    created: float
    load: NimLoad | None


class NimEndpoint:
    """Handlers over ``read``, which gives the workload's present state; ``completions`` answers prompts, if any can."""

    def __init__(self, read: Callable[[], NimState], completions: Completions | None = None) -> None:
        self._read = read
        self._completions = completions
        self._sheets = NimSheets()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_MOST_BODY_BYTES)
        application.add_routes(
            [
                web.get("/v1/models", self._models),
                web.get("/v1/health/live", self._live),
                web.get("/v1/health/ready", self._ready),
                web.get("/v1/metadata", self._metadata),
                web.get("/v1/version", self._version),
                web.get("/v1/metrics", self._metrics),
                web.get("/metrics", self._metrics),
            ]
        )
        if self._completions is not None:
            application.add_routes(self._completions.routes())
        return application

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "health.response", "message": "Service is live."})

    async def _ready(self, _: web.Request) -> web.Response:
        if self._read().load is None:
            body = {"object": "health.response", "message": "Service is not ready."}
            return web.json_response(body, status=503)
        return web.json_response({"object": "health.response", "message": "Service is ready."})

    async def _models(self, _: web.Request) -> web.Response:
        state = self._read()
        if state.load is None:
            return error_response(503, "Service is not ready.", "service_unavailable")
        model: Json = {
            "id": state.model,
            "object": "model",
            "created": int(state.created),
            "owned_by": "system",
            "root": state.model,
            "parent": None,
            "max_model_len": MAX_MODEL_TOKENS,
            "permission": [],
        }
        return web.json_response({"object": "list", "data": [model]})

    async def _metadata(self, _: web.Request) -> web.Response:
        state = self._read()
        short = state.model.rpartition("/")[2]
        body: Json = {
            "assetInfo": [],
            "licenseInfo": {"name": "", "path": "", "sha": "", "size": 0, "url": "", "type": ""},
            "modelInfo": [{"modelUrl": f"ngc://nim/{state.model}", "shortName": short}],
            "repository_override": "",
            "version": state.release,
            "simulation": _MODEL_NOTE,
        }
        return web.json_response(body)

    async def _version(self, _: web.Request) -> web.Response:
        release = self._read().release
        return web.json_response({"release": release, "api": release})

    async def _metrics(self, _: web.Request) -> web.Response:
        state = self._read()
        processes = [({"model_name": state.model}, state.load)] if state.load is not None else []
        return web.Response(body=render(self._sheets.sheets(processes)).encode(), headers={"Content-Type": _TEXT})
