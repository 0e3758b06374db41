"""The calls of the control plane that nimdeck reads: token, paging, typed answers. Blocking, for one thread."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from config.settings import RunaiSettings
from tui.model.clock import Clock
from tui.sources.runai import wire
from tui.sources.runai.fault import Kind, RunaiError, one_line
from tui.sources.runai.http import Answer, Http
from tui.sources.runai.token import TokenKeeper

T = TypeVar("T")
PAGE_ITEMS = 500
MOST_PAGES = 400


class _Next(msgspec.Struct):
    next: int | None = None


class RunaiClient:
    """One control plane. Every method raises RunaiError and nothing else."""

    def __init__(self, settings: RunaiSettings, clock: Clock, http: Http | None = None) -> None:
        self._http = http or Http(settings)
        self._tokens = TokenKeeper(self._http, settings, clock)
        self.address = self._http.address

    def clusters(self) -> list[wire.Cluster]:
        path = "/api/v1/clusters"
        return self._decode(self._get(path, {"verbosity": "metadata"}), path, list[wire.Cluster])

    def workloads(self) -> list[wire.Workload]:
        return self._pages("/api/v1/workloads", "workloads", wire.Workload)

    def projects(self) -> list[wire.OrgUnit]:
        return self._pages("/api/v1/org-unit/projects", "projects", wire.OrgUnit)

    def departments(self) -> list[wire.OrgUnit]:
        return self._pages("/api/v1/org-unit/departments", "departments", wire.OrgUnit)

    def node_pools(self) -> list[wire.Pool]:
        return self._pages("/api/v1/node-pools", "nodepools", wire.Pool)

    def nodes(self) -> list[wire.Node]:
        return self._pages("/api/v1/nodes", "nodes", wire.Node)

    def gpu_allocation(self, node_id: str, start: float, end: float) -> list[wire.Measurement]:
        """The part of each GPU of a node that is given away, newest last. ``start`` and ``end`` are Unix seconds."""
        path = f"/api/v1/nodes/{node_id}/metrics"
        window: dict[str, str | int] = {"start": _iso(start), "end": _iso(end)}
        params = {"metricType": "GPU_ALLOCATION_PER_GPU", "numberOfSamples": 2, **window}
        return self._decode(self._get(path, params), path, wire.Measurements).measurements

    def close(self) -> None:
        self._http.close()

    def _pages(self, path: str, key: str, kind: type[T]) -> list[T]:
        """All items. ``next`` leads on where it is told; else a full page does."""
        found: list[T] = []
        offset = 0
        for _ in range(MOST_PAGES):
            answer = self._get(path, {"offset": offset, "limit": PAGE_ITEMS})
            page = self._decode(answer, path, dict[str, msgspec.Raw])
            items = self._convert(page.get(key, msgspec.Raw(b"[]")), path, list[kind])  # type: ignore[valid-type]
            following = self._decode(answer, path, _Next).next
            if items and found and items[0] == found[0]:  # it knows no offset and says the same again
                return found
            found += items
            if following is not None and following > offset:
                offset = following
            elif following is None and len(items) >= PAGE_ITEMS:
                offset += len(items)
            else:
                return found
        raise RunaiError(Kind.ANSWER, f"{self.address}{path} has more than {len(found)} items or does not end")

    def _get(self, path: str, params: Mapping[str, str | int]) -> Answer:
        """A good answer; a token that was refused is fetched anew once."""
        token = self._tokens.token()
        answer = self._http.send("GET", path, token=token.reveal(), params=params)
        if answer.status == 401:
            self._tokens.drop()
            token = self._tokens.token()
            answer = self._http.send("GET", path, token=token.reveal(), params=params)
        if answer.status not in (200, 207):
            raise self._http.refusal(answer, path)
        return answer

    def _decode(self, answer: Answer, path: str, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind, strict=False)  # "50" for 50 is no reason to see nothing
        except msgspec.ValidationError as error:
            line = f"{self.address}{path} answered a field that is not as documented: {one_line(str(error))}"
            raise RunaiError(Kind.ANSWER, line) from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._http.not_json(answer, path) from None

    def _convert(self, raw: msgspec.Raw, path: str, kind: type[T]) -> T:
        return self._decode(Answer(200, bytes(raw)), path, kind)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
