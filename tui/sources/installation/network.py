"""Services with addresses, ingress classes, MetalLB's pools; the cluster's URL, its name in DNS, its certificate."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from tui.model.ids import ObjectKey
from tui.model.installation import Certificate, ClusterUrl, IngressClass, ServiceFact
from tui.sources.installation.certificate import read_certificate
from tui.sources.installation.crew import Asked, Crew, NotKnown
from tui.sources.installation.discovery import Api
from tui.sources.installation.operators import served
from tui.sources.kinds.loose import count_at, dig, list_at, text_at
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.listing import items_at
from tui.sources.prometheus.fault import one_line

MONITORING = "monitoring"
BALANCED = "LoadBalancer"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
HTTPS_PORT = 443
_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))  # other systems have no NODATA


class NetworkPart:
    """What Kubernetes tells of addresses."""

    def __init__(self, crew: Crew, client: KubeClient) -> None:
        self._crew = crew
        self._client = client
        self.monitoring_services: Asked[tuple[ServiceFact, ...]] = crew.ask(
            "monitoring_services",
            lambda: tuple(map(service_of, items_at(client, f"/api/v1/namespaces/{MONITORING}/services"))),
        )
        self.load_balancers: Asked[tuple[ServiceFact, ...]] = crew.ask("load_balancers", lambda: _balancers(client))

    def second(self, api: Api | None) -> None:
        """What needs discovery."""
        client = self._client
        self.ingress_classes: Asked[tuple[IngressClass, ...]] = self._crew.ask(
            "ingress_classes",
            lambda: tuple(map(ingress_class_of, served(client, api, "networking.k8s.io", "ingressclasses"))),
        )
        self.address_pools: Asked[tuple[str, ...]] = self._crew.ask(
            "address_pools",
            lambda: tuple(
                str(addresses)
                for pool in served(client, api, "metallb.io", "ipaddresspools")
                for addresses in list_at(pool, "spec", "addresses")
            ),
        )


class UrlPart:
    """The cluster's URL: from this machine, what its name resolves to and which certificate is served there."""

    def __init__(self, crew: Crew, url: str | None) -> None:
        self._url = url
        self._host, self._port = host_and_port(url or "")
        self._addresses: Asked[tuple[str, ...]] = Asked("cluster_url/addresses")
        self._certificate: Asked[Certificate] = Asked("cluster_url/certificate")
        if url is None:
            return
        if not self._host:
            crew.note("cluster_url/addresses", f"{url!r} names no host")
            crew.note("cluster_url/certificate", f"{url!r} names no host")
            return
        host, port = self._host, self._port
        self._addresses = crew.ask(self._addresses.name, lambda: resolve(host), of_kubernetes=False)
        self._certificate = crew.ask(self._certificate.name, lambda: read_certificate(host, port), of_kubernetes=False)

    @property
    def cluster_url(self) -> ClusterUrl | None:
        if self._url is None:
            return None
        return ClusterUrl(self._url, self._host, self._addresses.value, self._certificate.value)


def host_and_port(url: str) -> tuple[str, int]:
    """The host to look up and the port that TLS is looked for on: that of an https URL, else 443.

    ``""`` for what names no host. ``url`` may lack the scheme, as a domain does.
    """
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        port = parts.port if parts.scheme != "http" else None
        return parts.hostname or "", port or HTTPS_PORT
    except ValueError:
        return "", HTTPS_PORT


def resolve(host: str) -> tuple[str, ...]:
    """Its addresses as this machine knows them; empty: there is no such name. Raises ``NotKnown``."""
    try:
        return (str(ip_address(host)),)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            return ()
        raise NotKnown(f"{host} can't be looked up from this machine: {one_line(error.strerror or '')}") from None
    except (UnicodeError, OSError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def service_of(item: object) -> ServiceFact:
    """Of a Service."""
    ports = (count_at(port, "port") for port in list_at(item, "spec", "ports"))
    ingress = list_at(item, "status", "loadBalancer", "ingress")
    addresses = (text_at(entry, "ip") or text_at(entry, "hostname") for entry in ingress)
    return ServiceFact(
        ObjectKey(text_at(item, "metadata", "namespace") or "", text_at(item, "metadata", "name") or ""),
        text_at(item, "spec", "type"),
        tuple(port for port in ports if port is not None),
        tuple(address for address in addresses if address),
    )


def ingress_class_of(item: object) -> IngressClass:
    """Of an IngressClass."""
    annotations = dig(item, "metadata", "annotations")
    return IngressClass(
        text_at(item, "metadata", "name") or "",
        text_at(item, "spec", "controller"),
        text_at(annotations, DEFAULT_CLASS) == "true",
    )


def _balancers(client: KubeClient) -> tuple[ServiceFact, ...]:
    services = map(service_of, items_at(client, "/api/v1/services"))
    return tuple(service for service in services if service.type == BALANCED)
