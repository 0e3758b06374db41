"""A ``requests.Session`` that speaks to the API server as the Kubernetes client does: for its service proxy only."""

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from tui.sources.kubernetes.kubeconfig import Access


class _ServerAuth(AuthBase):
    """Sends the token to the API server and to nobody else, redirections included."""

    def __init__(self, access: Access, authorization: Callable[[], str | None]) -> None:
        self._server = access.server
        self._headers = access.headers
        self._authorization = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        url = request.url or ""
        is_ours = url == self._server or url.startswith(self._server + "/")
        if is_ours:
            request.headers.update(self._headers)
        if is_ours and (token := self._authorization()):
            request.headers["Authorization"] = token
        return request


class _NamedAdapter(HTTPAdapter):
    """Checks the certificate against the ``tls-server-name`` of the kubeconfig."""

    def __init__(self, server_name: str) -> None:
        self._server_name = server_name
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._server_name, assert_hostname=self._server_name, **kwargs)


def make_session(access: Access, authorization: Callable[[], str | None]) -> requests.Session:
    """Build it from what the kubeconfig gave."""
    configuration = access.configuration
    session = requests.Session()
    session.trust_env = False  # a ~/.netrc entry would replace our token
    session.auth = _ServerAuth(access, authorization)
    session.verify = (configuration.ssl_ca_cert or True) if configuration.verify_ssl else False
    if configuration.cert_file:
        session.cert = (configuration.cert_file, configuration.key_file or configuration.cert_file)
    if configuration.proxy and not _bypasses(configuration):
        session.proxies = {"http": configuration.proxy, "https": configuration.proxy}
    if configuration.tls_server_name:
        session.mount("https://", _NamedAdapter(configuration.tls_server_name))
    return session


def _bypasses(configuration: Any) -> bool:
    from kubernetes.client.rest import should_bypass_proxies

    return bool(should_bypass_proxies(configuration.host, configuration.no_proxy or ""))
