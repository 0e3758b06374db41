"""The control plane for single questions and for the writer: any path, with the token handling of the source.

It decides nothing: who may write, and what an answer means, is ``tui.sources.writing``.
"""

import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from config.settings import RunaiSettings
from tui.model.clock import Clock
from tui.model.json_value import JsonObject
from tui.sources.http_date import ahead_seconds
from tui.sources.runai.fault import RunaiError
from tui.sources.runai.http import Answer, Http, shown
from tui.sources.runai.token import TokenKeeper

CLOSE_SECONDS = 0.5  # who quits does not wait for a control plane that hangs


class ControlPlane:
    """One control plane. Thread-safe: one request at a time. Imports httpx with the first; raises ``RunaiError``."""

    def __init__(self, settings: RunaiSettings, clock: Clock, http: Http | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._http = http
        self._tokens: TokenKeeper | None = None
        self._lock = threading.Lock()
        self.address = shown(settings.url or "")
        self.clock_ahead_seconds: float | None = None  # its clock less ours, by the last answer; good to a second

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonObject:
        """The JSON of a good answer; a bare array is found under ``items``."""
        with self._lock:
            answer = self._sent("GET", path, None, params)
            http = self._connected()
        if answer.status not in (200, 207):
            raise http.refusal(answer, path)
        try:
            found: Any = msgspec.json.decode(answer.body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise http.not_json(answer, path) from None
        return found if isinstance(found, dict) else {"items": found}

    def send(self, method: str, path: str, body: bytes | None) -> Answer:
        """An answer of any status to one request. For the writer only."""
        with self._lock:
            return self._sent(method, path, body, None)

    def close(self) -> None:
        """Give the connections up; those of a request under way end with it."""
        if self._lock.acquire(timeout=CLOSE_SECONDS):
            try:
                if self._http is not None:
                    self._http.close()
            finally:
                self._lock.release()

    def _sent(self, method: str, path: str, body: bytes | None, params: Mapping[str, str | int] | None) -> Answer:
        """A token that was refused is fetched anew once: a 401 means that nothing was done."""
        http, tokens = self._connected(), self._tokens
        assert tokens is not None
        answer = Answer(0, b"")
        for attempt in (1, 2):
            try:
                token = tokens.token()
            except RunaiError as error:
                error.was_sent = False
                raise
            answer = http.send(method, path, token=token.reveal(), params=params, content=body)
            self.clock_ahead_seconds = ahead_seconds(http.dated, self._clock.now())
            if answer.status != 401 or attempt == 2:
                break
            tokens.drop()
        return answer

    def _connected(self) -> Http:
        if self._http is None:
            try:
                self._http = Http(self._settings)
            except RunaiError as error:
                error.was_sent = False
                raise
        if self._tokens is None:
            self._tokens = TokenKeeper(self._http, self._settings, self._clock)
        return self._http
