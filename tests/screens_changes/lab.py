"""The embedded cluster in a thread of this process, and the app on it; what its API was sent is noted."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, ScreenSettings, Settings
from tests.screens.stage import Deck
from tui.app import NimdeckApp
from tui.demo.kube.dispatch import Dispatcher
from tui.demo.lab import LabInfo, LabOptions, lab
from tui.demo.world.world import World
from tui.session import Session

READY_SECONDS = 30.0


@dataclass(slots=True)
class Lab:
    """Where it is, and each request that is no GET: its method and path."""

    info: LabInfo
    world: World
    sent: list[tuple[str, str]] = field(default_factory=list)

    def settings(self, folder: Path, *, read_only: bool = False, control_plane: bool = True) -> Settings:
        info = self.info
        runai = RunaiSettings(
            url=info.runai_url, client_id=info.runai_client_id, client_secret_file=info.runai_client_secret_file
        )
        return Settings(
            screen=ScreenSettings(refresh_seconds=0.5),
            kubernetes=KubernetesSettings(kubeconfig=info.kubeconfig),
            prometheus=PrometheusSettings(enabled=False),
            runai=runai if control_plane else RunaiSettings(),
            read_only=read_only,
            audit_file=folder / "audit.jsonl",
        )


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """A small calm world that hurries."""
    started, stopped = threading.Event(), asyncio.Event()
    made: list[Lab] = []
    loops: list[asyncio.AbstractEventLoop] = []
    real = Dispatcher.handle

    async def noted(self, request):  # type: ignore[no-untyped-def]
        if request.method != "GET" and made:
            made[0].sent.append((request.method, request.path))
        return await real(self, request)

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with lab(LabOptions(nodes=3, gpus=4, speed=40.0), folder) as (info, world):
            made.append(Lab(info, world))
            started.set()
            await world.run(stopped)

    Dispatcher.handle = noted  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        assert started.wait(READY_SECONDS)
        yield made[0]
    finally:
        if loops:
            loops[0].call_soon_threadsafe(stopped.set)
        thread.join(20)
        Dispatcher.handle = real  # type: ignore[method-assign]


class LiveDeck(Deck):
    """The app on a real session. ``feed`` is that."""

    async def until(self, done, seconds: float = 30.0) -> None:  # type: ignore[no-untyped-def]
        for _ in range(int(seconds / 0.02)):
            if done():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"not done: {self.text()}")


@asynccontextmanager
async def live(settings: Settings, size: tuple[int, int] = (120, 40)) -> AsyncIterator[LiveDeck]:
    """The app, once it has seen workloads and projects."""
    app = NimdeckApp(lambda: Session(settings), settings)
    async with app.run_test(size=size) as pilot:
        on = LiveDeck(app, pilot, None)  # type: ignore[arg-type]
        await on.until(lambda: app.feed is not None and bool(app.snapshot.workloads) and bool(app.snapshot.projects))
        await pilot.pause()
        yield on
