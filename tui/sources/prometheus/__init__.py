"""Prometheus as a source. Importing this imports neither prometheus_api_client nor requests."""

from tui.sources.prometheus.discovery import discover_prometheus
from tui.sources.prometheus.endpoint import Endpoint
from tui.sources.prometheus.fault import PrometheusError
from tui.sources.prometheus.source import PrometheusSource

__all__ = ["Endpoint", "PrometheusError", "PrometheusSource", "discover_prometheus"]
