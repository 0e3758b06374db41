"""A bearer token of the control plane: fetched in the way this version knows, renewed before it ends.

Order: v2 (OAuth form); where that is missing, v1 ``client_credentials``, spelt ``clientId``, then ``clientID``; where
the credentials are refused, v1 ``app_token``. The way that worked is tried first the next time.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from config.secret import Secret
from config.settings import RunaiSettings
from tui.model.clock import Clock
from tui.sources.runai.fault import Kind, RunaiError
from tui.sources.runai.http import Answer, Http

_EARLY_SECONDS = 60.0
_EARLY_SHARE = 0.1


class _TokenBody(msgspec.Struct):
    access_token: str = ""
    accessToken: str = ""  # noqa: N815 - the wire's name
    expires_in: float | None = None
    expiresIn: float | None = None  # noqa: N815 - the wire's name


class _Claims(msgspec.Struct):
    exp: float | None = None
    iat: float | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    secret: Secret
    renew_at: float | None  # monotonic; None: its lifetime is not known, a 401 will tell


class TokenKeeper:
    """Holds the token of one application. Used from one thread."""

    def __init__(self, http: Http, settings: RunaiSettings, clock: Clock) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock
        self._token: _Token | None = None
        self._way: str | None = None

    def token(self) -> Secret:
        """A token that is good now. Raises RunaiError."""
        known = self._token
        if known is None or (known.renew_at is not None and self._clock.monotonic() >= known.renew_at):
            known = self._token = self._fetch()
        return known.secret

    def drop(self) -> None:
        """The server refused the token: the next ``token`` fetches a new one."""
        self._token = None

    def _fetch(self) -> _Token:
        ways = _Ways(self._http, self._settings.client_id or "", self._secret().reveal())
        if self._way is not None:
            answer = ways.ask(self._way)
            if (token := self._read(answer)) is not None:
                return token
            self._way = None
        first_refusal: RunaiError | None = None
        for way, answer in ways.in_turn():
            if (token := self._read(answer)) is not None:
                self._way = way
                return token
            error = self._refused(answer, way)
            if error.kind in (Kind.BUSY, Kind.UNREACHABLE):
                raise error
            if first_refusal is None or first_refusal.kind is Kind.ABSENT:
                first_refusal = error
        raise first_refusal or RunaiError(Kind.ANSWER, f"{self._http.address} gave no token")

    def _read(self, answer: Answer) -> _Token | None:
        body = _token_body(answer)
        if body is None:
            return None
        text = body.access_token or body.accessToken
        lifetime = body.expires_in or body.expiresIn or _jwt_lifetime(text, self._clock.now)
        if lifetime is None:
            return _Token(Secret(text), None)
        early = min(_EARLY_SECONDS, _EARLY_SHARE * lifetime)
        return _Token(Secret(text), self._clock.monotonic() + max(1.0, lifetime - early))

    def _refused(self, answer: Answer, way: str) -> RunaiError:
        if answer.status < 300:
            return self._http.not_json(answer, _PATHS[way])
        error = self._http.refusal(answer, _PATHS[way])
        if answer.status == 400:
            error = RunaiError(Kind.DENIED, f"{error.line}: check runai.client_id and its secret", 400)
        return error

    def _secret(self) -> Secret:
        if self._settings.client_secret is not None:
            return self._settings.client_secret
        path = self._settings.client_secret_file
        if path is None:
            raise RunaiError(Kind.DENIED, "runai.client_secret is not set: set it or runai.client_secret_file")
        try:
            return Secret(path.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            line = f"runai.client_secret_file {str(path)!r} can't be read: {reason}"
            raise RunaiError(Kind.DENIED, line) from None


_PATHS = {"v2": "/api/v2/token", "clientId": "/api/v1/token", "clientID": "/api/v1/token", "app_token": "/api/v1/token"}


class _Ways:
    """The ways of asking for a token, for one set of credentials."""

    def __init__(self, http: Http, client_id: str, secret: str) -> None:
        self._http = http
        self._id = client_id
        self._secret = secret

    def ask(self, way: str) -> Answer:
        if way == "v2":
            form = {"grant_type": "client_credentials", "client_id": self._id, "client_secret": self._secret}
            return self._http.send("POST", _PATHS[way], form=form)
        return self._http.send("POST", _PATHS[way], json=self._v1_body(way))

    def in_turn(self) -> Iterator[tuple[str, Answer]]:
        """Each way that makes sense after what the ones before it were answered; stop when one gave a token."""
        answer = self.ask("v2")
        yield "v2", answer
        if not _refused_credentials(answer):
            answer = self.ask("clientId")
            yield "clientId", answer
            if answer.status == 400:
                answer = self.ask("clientID")
                yield "clientID", answer
        if _refused_credentials(answer):
            yield "app_token", self.ask("app_token")

    def _v1_body(self, way: str) -> Mapping[str, str]:
        if way == "app_token":
            return {"grantType": "app_token", "appID": self._id, "appSecret": self._secret}
        return {"grantType": "client_credentials", way: self._id, "clientSecret": self._secret}


def _refused_credentials(answer: Answer) -> bool:
    return answer.status in (400, 401)


def _token_body(answer: Answer) -> _TokenBody | None:
    if answer.status >= 300:
        return None
    try:
        body = msgspec.json.decode(answer.body, type=_TokenBody)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return body if body.access_token or body.accessToken else None


def _jwt_lifetime(token: str, now: Callable[[], float]) -> float | None:
    """Seconds that a JWT has from now, by its ``iat`` where there is one (clock skew), else by our clock."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = msgspec.json.decode(payload, type=_Claims)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    if claims.exp is None:
        return None
    return claims.exp - (claims.iat if claims.iat is not None else now())
