"""Queries through ``prometheus-api-client``. Blocking; its methods may be called from any thread."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from config.settings import PrometheusSettings
from tui.model.clock import Clock
from tui.sources.prometheus import wire
from tui.sources.prometheus.endpoint import Endpoint, credential_hint, open_session
from tui.sources.prometheus.fault import Kind, PrometheusError, one_line, shown


class Client:
    """One Prometheus server. Opening it imports requests and prometheus_api_client: do it in a thread.

    Every method raises PrometheusError and nothing else.
    """

    def __init__(self, endpoint: Endpoint, settings: PrometheusSettings, clock: Clock) -> None:
        from prometheus_api_client import PrometheusConnect

        from tui.sources.prometheus.transport import Transport

        self.url = endpoint.url.rstrip("/")
        self.address = shown(self.url)
        if not _is_address(self.url):
            line = f"prometheus.url {self.address!r} is not an address: write it as http://host:9090"
            raise PrometheusError(Kind.UNREACHABLE, line)
        try:
            session = open_session(endpoint, settings)
        except OSError as error:
            raise PrometheusError(Kind.UNREACHABLE, one_line(str(error))) from None
        hint = credential_hint(endpoint, settings)
        self._transport = Transport(session, settings.timeout_seconds, settings.max_response_bytes, clock.now, hint)
        self._connect = PrometheusConnect(url=self.url, session=self._transport)
        self._params = {"timeout": f"{settings.timeout_seconds:g}s"}  # the server gives up when we do

    @property
    def server_ahead_seconds(self) -> float:
        """How far the server's clock is before ours; 0 below two seconds."""
        return self._transport.server_ahead_seconds

    def query(self, query: str) -> list[wire.Sample]:
        """The instant vector of ``query`` now."""
        rows: list[wire.Sample] = self._connect.custom_query(query, params=dict(self._params))
        return rows

    def query_range(self, query: str, start: float, end: float, step_seconds: float) -> list[wire.Line]:
        """The range vector of ``query`` from ``start`` to ``end`` (Unix seconds)."""
        rows: list[wire.Line] = self._connect.custom_query_range(
            query,
            datetime.fromtimestamp(start, UTC),
            datetime.fromtimestamp(end, UTC),
            f"{step_seconds:g}",
            params=dict(self._params),
        )
        return rows

    def targets(self) -> list[wire.ScrapeTarget] | None:
        """What it scrapes; ``None`` where it does not tell (Thanos, a proxy that lets only queries pass)."""
        try:
            return wire.targets(self._transport.get(f"{self.url}/api/v1/targets", params={"state": "active"}).content)
        except PrometheusError as error:
            if error.kind is Kind.UNREACHABLE:
                raise
            return None

    def version(self) -> str | None:
        """The server's version; ``None`` where it does not tell (Thanos, a proxy that lets only queries pass)."""
        try:
            return wire.version(self._transport.get(f"{self.url}/api/v1/status/buildinfo").content)
        except PrometheusError as error:
            if error.kind is Kind.UNREACHABLE:
                raise
            return None

    def close(self) -> None:
        self._connect.close()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        return False
