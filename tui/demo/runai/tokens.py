"""Tokens: v2 as OAuth form, v1 as JSON in both spellings; a bearer token is checked on every other call."""

import base64
import hmac
import json
import secrets
from collections.abc import Callable

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.runai.answers import RefusalError, body_of

LIFETIME_SECONDS = 3600
_V1_GRANTS = frozenset({"app_token", "client_credentials"})


class TokenOffice:
    """One application's credentials and the tokens given out for them."""

    def __init__(self, now: Callable[[], float], version: str) -> None:
        self.client_id = "nimdeck"
        self.client_secret = secrets.token_urlsafe(24)
        self._now = now
        self._modern = version != "2.22"
        self._key = secrets.token_bytes(32)
        self._expiry: dict[str, float] = {}

    def routes(self) -> list[web.RouteDef]:
        v1 = web.post("/api/v1/token", self._v1)
        return [v1, web.post("/api/v2/token", self._v2)] if self._modern else [v1]

    def check(self, header: str) -> None:
        """Raises a 401 unless ``header`` carries a token that is still good."""
        expires = self._expiry.get(header.removeprefix("Bearer "))
        if not header.startswith("Bearer ") or expires is None:
            raise RefusalError(401, "Issuer is not familiar.")
        if expires <= self._now():
            raise RefusalError(401, "Token is expired.")

    def revoke_all(self) -> None:
        """Every token given out so far is refused from now on."""
        self._expiry.clear()

    def _issue(self) -> str:
        issued = self._now()
        header = {"alg": "HS256", "typ": "JWT"}
        claims = {"iss": "nimdeck-embedded", "iat": int(issued), "exp": int(issued + LIFETIME_SECONDS)}
        unsigned = b".".join(
            _segment(json.dumps(part).encode()) for part in (header, claims | {"jti": secrets.token_hex(8)})
        )
        token = (unsigned + b"." + _segment(hmac.digest(self._key, unsigned, "sha256"))).decode()
        self._expiry[token] = issued + LIFETIME_SECONDS
        return token

    def _known(self, client: object, secret: object) -> bool:
        right = hmac.compare_digest(str(client).encode(), self.client_id.encode())
        return hmac.compare_digest(str(secret).encode(), self.client_secret.encode()) and right

    async def _v1(self, request: web.Request) -> web.Response:
        given: Json = await body_of(request, dict)
        lower = {name.lower(): value for name, value in given.items()}  # the real one reads clientId and clientID alike
        grant = lower.get("granttype")
        if grant not in _V1_GRANTS:
            raise RefusalError(400, f"Unsupported grant type: {grant}")
        client, secret = ("appid", "appsecret") if grant == "app_token" else ("clientid", "clientsecret")
        if not self._known(lower.get(client), lower.get(secret)):
            raise RefusalError(400, "Invalid client credentials.")
        token = self._issue()
        body: Json = {"accessToken": token, "idToken": token, "refreshToken": ""}
        return web.json_response(body | ({"expiresIn": LIFETIME_SECONDS} if self._modern else {}))

    async def _v2(self, request: web.Request) -> web.Response:
        form = await request.post()
        grant = form.get("grant_type")
        if grant is None:
            return web.json_response(
                {"error": "invalid_request", "error_description": "grant_type is missing"}, status=400
            )
        if grant != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if not self._known(form.get("client_id"), form.get("client_secret")):
            return web.json_response(
                {"error": "invalid_client", "error_description": "Invalid credentials"}, status=401
            )
        return web.json_response(
            {"access_token": self._issue(), "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}
        )


def _segment(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
