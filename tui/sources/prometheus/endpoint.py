"""Where Prometheus is and how to get in: address, TLS and credentials."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.secret import Secret
from config.settings import PrometheusSettings

if TYPE_CHECKING:
    import requests


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A Prometheus address.

    ``session`` makes the session that reaches it where ours would not (through the API server's service proxy).
    ``found`` says how it was found, for the diagnostics screen.
    """

    url: str
    session: "Callable[[], requests.Session] | None" = None
    found: str = "settings"


class TokenFile:
    """A secret in a file that another process renews: read again when the file changes."""

    def __init__(self, path: Path, field: str) -> None:
        self._path = path
        self._field = field
        self._stamp: tuple[int, int, int] | None = None
        self._secret = Secret("")

    def read(self) -> Secret:
        """The secret now. Raises OSError whose text names the field and the file."""
        try:
            state = self._path.stat()
            stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
            if stamp != self._stamp:
                self._secret = Secret(self._path.read_text(encoding="utf-8").strip())
                self._stamp = stamp
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise OSError(f"{self._field} {str(self._path)!r} can't be read: {reason}") from None
        return self._secret


def open_session(endpoint: Endpoint, settings: PrometheusSettings) -> "requests.Session":
    """A session with TLS and credentials set. Raises OSError naming the file that is missing."""
    import requests

    if endpoint.session is not None:
        return endpoint.session()
    session = requests.Session()
    if settings.insecure_skip_verify:
        session.verify = False
        _silence_insecure_warning()
    elif settings.ca_file is not None:
        if not settings.ca_file.is_file():
            raise OSError(f"prometheus.ca_file {str(settings.ca_file)!r} is not a file")
        session.verify = str(settings.ca_file)
    session.auth = _auth(settings)
    return session


def _auth(settings: PrometheusSettings) -> "Callable[[requests.PreparedRequest], requests.PreparedRequest] | None":
    """Sets the header for each request, so that a renewed file counts at once and ~/.netrc can't replace it."""
    token_file = TokenFile(settings.token_file, "prometheus.token_file") if settings.token_file else None
    password_file = TokenFile(settings.password_file, "prometheus.password_file") if settings.password_file else None
    if not (settings.token or token_file or settings.username):
        return None

    def authorize(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        if settings.token or token_file:
            token = settings.token or (token_file.read() if token_file else Secret(""))
            request.headers["Authorization"] = f"Bearer {token.reveal()}"
        else:
            password = settings.password or (password_file.read() if password_file else Secret(""))
            request.headers["Authorization"] = _basic(settings.username or "", password)
        return request

    return authorize


def _basic(username: str, password: Secret) -> str:
    return "Basic " + b64encode(f"{username}:{password.reveal()}".encode()).decode("ascii")


def credential_hint(endpoint: Endpoint, settings: PrometheusSettings) -> str:
    """What to check when it says 401 or 403."""
    if endpoint.session is not None:
        return "check the right 'get' on services/proxy, or set prometheus.url"
    if settings.token or settings.token_file:
        return "check prometheus.token or token_file"
    if settings.username:
        return "check prometheus.username and password"
    return "set prometheus.token, token_file or username"


def _silence_insecure_warning() -> None:
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
