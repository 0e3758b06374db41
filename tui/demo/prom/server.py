"""The embedded Prometheus: HTTP API, exporters' text and fault switches on one loopback port."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from tui.demo.prom.api import QueryApi, describe, fixed, json_response
from tui.demo.prom.encode import failure, success
from tui.demo.prom.exporters import Exporter, exporters
from tui.demo.prom.exposition import render
from tui.demo.prom.faults import Faults
from tui.demo.prom.scraper import Scraper
from tui.demo.prom.shape import LabelShape
from tui.demo.prom.sources import Sources

VERSION = "2.45.0"  # whose PromQL this server follows; its build says that it is none
_HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Auth:
    """What a request must carry: a bearer token, or a user with a password."""

    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def admits(self, header: str) -> bool:
        expected = f"Bearer {self.token}"
        if self.token is None:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            expected = f"Basic {pair}"
        return hmac.compare_digest(header.encode(), expected.encode())


class PromServer:
    """Start it in a running event loop; ``url`` is set from then on. ``prefix`` is like ``--web.route-prefix``."""

    def __init__(
        self,
        sources: Sources,
        *,
        prefix: str = "",
        auth: Auth | None = None,
        label_shape: LabelShape | None = None,
        scrape_seconds: float = 5.0,
        past_seconds: float = 2100.0,
    ) -> None:
        self.faults = Faults()
        self.url = ""
        self.port = 0
        self._sources = sources
        self._prefix = f"/{prefix.strip('/')}" if prefix.strip("/") else ""
        self._auth = auth
        self._exporters = {found.path: found for found in exporters(sources, label_shape or LabelShape())}
        self.scraper = Scraper(
            sources,
            list(self._exporters.values()),
            self.faults,
            scrape_seconds=scrape_seconds,
            past_seconds=past_seconds,
        )
        self._api = QueryApi(self.scraper.history, sources.now)
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()

    @property
    def exporters(self) -> list[Exporter]:
        return list(self._exporters.values())

    async def start(self, port: int = 0) -> None:
        """Listens on loopback; scrapes at once, so that the first query has an answer."""
        self.port = port
        self.scraper.start()
        await self._listen()

    async def stop(self) -> None:
        await self.scraper.stop()
        await self._hang_up()

    async def outage(self, on: bool) -> None:
        """Refuses connections until it is switched off, then listens on the same port; scraping goes on meanwhile."""
        if on:
            await self._hang_up()
        elif self._runner is None:
            await self._listen()

    def metrics_url(self, exporter: str) -> str:
        """Where the text of ``dcgm``, ``kube-state-metrics``, ``runai`` or ``nim`` is served."""
        return f"http://127.0.0.1:{self.port}/metrics/{exporter}"

    async def _listen(self) -> None:
        self._released.clear()
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self._runner = runner
        self.port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}{self._prefix}"

    async def _hang_up(self) -> None:
        self._released.set()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._gate], client_max_size=4 * 2**20)
        api = web.Application()
        api.add_routes(self._api.routes())
        api.add_routes(self._status_routes())
        application.add_routes([web.get("/metrics/{exporter}", self._exposition)])
        if self._prefix:
            application.add_subapp(self._prefix, api)
        else:
            application.add_routes(self._api.routes())
            application.add_routes(self._status_routes())
        return application

    def _status_routes(self) -> list[web.RouteDef]:
        build = {
            "version": VERSION,
            "revision": "",
            "branch": "nimdeck-embedded",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        }
        return [
            web.get("/-/ready", _text("Prometheus Server is Ready.\n")),
            web.get("/-/healthy", _text("Prometheus Server is Healthy.\n")),
            web.get("/graph", _text("nimdeck's embedded Prometheus API; there is no page here.\n")),
            web.get("/", self._home),
            web.get("/api/v1/status/buildinfo", fixed(build)),
            web.get("/api/v1/targets", self._targets),
            web.get("/api/v1/metadata", self._metadata),
            web.get("/api/v1/rules", fixed({"groups": []})),
            web.get("/api/v1/alerts", fixed({"alerts": []})),
        ]

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Faults and authentication come before any answer; exporters ask for none, as in a cluster."""
        if request.path.startswith("/metrics/"):
            return await handler(request)
        if self._auth is not None and not self._auth.admits(request.headers.get("Authorization", "")):
            return web.Response(status=401, text="Unauthorized\n", headers={"WWW-Authenticate": "Basic"})
        match self.faults.mode:
            case "html":
                return web.Response(status=502, text=_HTML, content_type="text/html")
            case "error":
                return json_response(failure("internal", "opening storage failed: no space left on device"), 500)
            case "hang":
                await self._released.wait()
        return await handler(request)

    async def _exposition(self, request: web.Request) -> web.StreamResponse:
        exporter = self._exporters.get(request.match_info["exporter"])
        if exporter is None:
            raise web.HTTPNotFound
        body = render(exporter.sheets(round(self._sources.now(), 3)), request.query.get("node"))
        return web.Response(body=body.encode(), headers={"Content-Type": _TEXT})

    async def _home(self, _: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{self._prefix}/graph")

    async def _metadata(self, _: web.Request) -> web.StreamResponse:
        at = self._sources.now()
        families = (
            (family.declared, str(family.kind), family.help)
            for exporter in self._exporters.values()
            for sheet in exporter.sheets(at)
            for family in sheet.families
        )
        return json_response(success(describe(families)))

    async def _targets(self, _: web.Request) -> web.StreamResponse:
        found = self._exporters.values()
        active = [self._target(exporter, node) for exporter in found for node in self._nodes(exporter)]
        return json_response(success({"activeTargets": active, "droppedTargets": []}))

    def _nodes(self, exporter: Exporter) -> list[str]:
        sheets = exporter.sheets(self._sources.now())
        return sorted({row.node for sheet in sheets for row in sheet.rows}) if exporter.per_node else [""]

    def _target(self, exporter: Exporter, node: str) -> dict[str, object]:
        return {
            "discoveredLabels": {},
            "labels": exporter.target(node),
            "scrapePool": exporter.job,
            "scrapeUrl": self.metrics_url(exporter.path) + (f"?node={node}" if node else ""),
            "globalUrl": self.metrics_url(exporter.path),
            "lastError": "",
            "lastScrape": self.scraper.last_scrape,
            "lastScrapeDuration": self.scraper.last_duration_seconds,
            "health": "up",
        }


def _text(text: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text)

    return answer
