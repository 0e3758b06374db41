"""The whole embedded cluster in this process with its servers in hand, so that a test can break and mend each part."""

import contextlib
import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, ScreenSettings, Settings
from tests.e2e.cluster import LoopThread
from tui.demo import lab as embedded
from tui.demo.kube.access import Ask, User
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore
from tui.demo.prom.server import PromServer
from tui.demo.runai.server import RunaiServer
from tui.diagnose.preflight import preflight
from tui.model.check import Check, CheckState
from tui.session import Session

PROJECT = "sandbox"  # whose quota covers both nodes
SPACE = f"runai-{PROJECT}"
SETTLE_SECONDS = 8.0

Edit = Callable[[Json], None]
States = Mapping[str, CheckState]


@dataclass(frozen=True, slots=True)
class Denied(User):
    """May all but these resources with these verbs."""

    denied: frozenset[tuple[str, str]] = frozenset()

    def may(self, ask: Ask) -> bool:
        return (ask.verb, ask.resource) not in self.denied


@dataclass(slots=True)
class Site:
    """``session`` watches it as nimdeck does. Everything that is broken is mended with ``mend``."""

    loop: LoopThread
    store: ObjectStore
    kube: KubeServer
    prometheus: PromServer
    runai: RunaiServer
    session: Session
    _arrived: threading.Event = field(default_factory=threading.Event)
    _mends: list[Callable[[], object]] = field(default_factory=list)

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> dict[str, Check]:
        facts = self.session.installation(PROJECT)
        assert facts is not None
        return {one.id: one for one in preflight(self.session.store.snapshot, facts, PROJECT)}

    def settled(self, expected: States) -> dict[str, Check]:
        """The checks once those that do not pass are ``expected``; what comes by watch takes its moment."""
        for _ in range(int(SETTLE_SECONDS / 0.2)):
            self._arrived.clear()
            checks = self.look()
            if not_passing(checks) == expected:
                break
            self._arrived.wait(0.2)
        return checks

    def listen(self) -> None:
        self.session.on_change(lambda snapshot, diff: self._arrived.set())

    # -- breaking --------------------------------------------------------------------------------------------------

    def mend(self) -> None:
        while self._mends:
            self._mends.pop()()

    def edit(self, plural: str, name: str, edit: Edit, space: str | None = None, group: str = "") -> None:
        before = self._get(plural, name, space, group)

        def back(obj: Json) -> None:
            obj.clear()
            obj.update(copy.deepcopy(before))

        self._change(plural, name, edit, space, group)
        self._mends.append(lambda: self._change(plural, name, back, space, group))

    def delete(self, plural: str, name: str, space: str | None = None, group: str = "") -> None:
        before = self._get(plural, name, space, group)
        res = self.store.resource(plural, group)
        self._change(plural, name, lambda obj: obj["metadata"].pop("finalizers", None), space, group)
        self.loop.call(lambda: self.store.delete(res, space, name))
        self._mends.append(lambda: self.loop.call(lambda: self.store.create(res, before)))

    def deny(self, *denied: tuple[str, str]) -> None:
        users, admin = self.kube.users, self.kube.users["admin"]
        users["admin"] = Denied(admin.name, admin.token, admin.rules, frozenset(denied))
        self._mends.append(lambda: users.update(admin=admin))

    def stop_prometheus(self) -> None:
        self.loop.run(self.prometheus.outage(on=True))
        self._mends.append(lambda: self.loop.run(self.prometheus.outage(on=False)))

    def stop_control_plane(self) -> None:
        port = int(self.runai.url.rpartition(":")[2])
        self.loop.run(self.runai.stop())
        self._mends.append(lambda: self.loop.run(self.runai.start(port)))

    def _change(self, plural: str, name: str, edit: Edit, space: str | None, group: str) -> None:
        res = self.store.resource(plural, group)
        self.loop.call(lambda: self.store.change(res, space, name, edit))

    def _get(self, plural: str, name: str, space: str | None, group: str) -> Json:
        found = self.loop.call(lambda: self.store.get(self.store.resource(plural, group), space, name))
        assert found is not None, f"{plural} {space}/{name} is not there"
        return copy.deepcopy(found)


def not_passing(checks: Mapping[str, Check]) -> dict[str, CheckState]:
    return {one.id: one.state for one in checks.values() if one.state != CheckState.PASS}


@contextmanager
def site(folder: Path, monkeypatch: Any) -> Iterator[Site]:
    """Two nodes with four GPUs each. No controller runs: what is broken stays so, and nothing else changes."""
    made: dict[str, Any] = {}
    for kind in (KubeServer, PromServer, RunaiServer):
        monkeypatch.setattr(embedded, kind.__name__, _kept(kind, made))
    loop = LoopThread()
    with contextlib.ExitStack() as stack:
        stack.callback(loop.close)
        running = embedded.lab(embedded.LabOptions(nodes=2, gpus=4), folder)
        info, _ = loop.run(running.__aenter__())
        stack.callback(lambda: loop.run(running.__aexit__(None, None, None)))
        session = Session(_settings(info))
        stack.callback(session.stop)
        session.start()
        session.wait_first(20)
        found = Site(
            loop, made["KubeServer"].store, made["KubeServer"], made["PromServer"], made["RunaiServer"], session
        )
        found.listen()
        yield found


def _kept(kind: type, made: dict[str, Any]) -> Callable[..., Any]:
    """Makes one of the kind, and remembers it."""

    def make(*args: Any, **options: Any) -> Any:
        made[kind.__name__] = kind(*args, **options)
        return made[kind.__name__]

    return make


def _settings(info: embedded.LabInfo) -> Settings:
    runai = RunaiSettings(info.runai_url, info.runai_client_id, client_secret_file=info.runai_client_secret_file)
    return Settings(
        screen=ScreenSettings(refresh_seconds=0.5),
        kubernetes=KubernetesSettings(kubeconfig=info.kubeconfig),
        prometheus=PrometheusSettings(url=info.prometheus),
        runai=runai,
    )
