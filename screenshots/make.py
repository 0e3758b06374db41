"""Renders the screens from the demo to ``screenshots/*.svg``: ``python screenshots/make.py [--check] [NAME ...]``.

The world is seeded, its clock stands still, everything goes through the real protocols: the pictures are the same on
each run. ``--check`` writes nothing and exits with 1 if one has drifted. It writes nothing but these files.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parent), str(_HERE)]
os.environ["TZ"] = "UTC"  # the header's clock
os.environ["XDG_CONFIG_HOME"] = os.devnull  # nobody's own profiles are in a picture
time.tzset()
_SCRATCH = tempfile.TemporaryDirectory(prefix="nimdeck-runs-")
os.environ["XDG_STATE_HOME"] = os.environ["XDG_DATA_HOME"] = _SCRATCH.name  # plans that a picture carries out

from held_cluster import HeldCluster, held_cluster  # noqa: E402
from textual.pilot import Pilot  # noqa: E402
from textual.widgets import Input  # noqa: E402

from tui.app import NimdeckApp  # noqa: E402
from tui.diagnose.pending import inquiry  # noqa: E402
from tui.model.snapshot import Snapshot  # noqa: E402
from tui.session import Session  # noqa: E402

_PATIENCE_SECONDS = 60.0
_QUIET_SECONDS = 0.8  # a snapshot that stands for so long is whole: the world does not move
_MAIN = ("kubernetes", "prometheus", "runai")
_UNTIL = "until "  # in place of a key: the word after it is on the screen
_RAMP = ("8", "until f5 starts", "enter", "down", "enter", "until 4 pods at most", "f5")
_HALF_GPU = ("n", "down", "down", "down", "enter")  # the guide's listing, from the profiles


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: the keys that lead to it, and a word that is on it once what it waits for has come."""

    name: str
    scenario: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    awaits: str = ""
    theme: str = "nimdeck-dark"


SHOTS = (
    Shot("nodes", "calm", (120, 36)),
    Shot("nodes-80", "calm", (80, 24)),
    Shot("nodes-200", "calm", (200, 60)),
    Shot("nodes-light", "calm", (120, 30), theme="nimdeck-light"),
    Shot("nodes-mono", "calm", (120, 30), theme="nimdeck-mono"),
    Shot("node", "calm", (160, 40), ("G", *("up",) * 7, "enter"), "no XID"),
    Shot("presenter", "calm", (160, 45), ("P", "down")),
    Shot("palette", "calm", (120, 36), ("ctrl+p", *"llama"), "llama-31-8b"),
    Shot("help", "calm", (120, 36), ("question_mark",), "esc closes"),
    Shot("workload", "calm", (120, 30), ("2", *("down",) * 8, "enter"), "2/2"),
    Shot("endpoint", "calm", (120, 30), ("2", *("down",) * 8, "enter", *("tab",) * 4), "Models"),
    Shot("logs", "calm", (120, 30), ("2", *("down",) * 8, "l", "O"), "INFO"),
    Shot("yaml", "calm", (120, 30), ("2", *("down",) * 8, "y"), "apiVersion"),
    Shot("launch", "calm", (120, 36), _HALF_GPU, "FITS NOW"),
    Shot("launch-80", "calm", (80, 24), _HALF_GPU, "FITS NOW"),
    Shot("launch-200", "calm", (200, 60), (*_HALF_GPU, "f3"), "FITS NOW"),
    Shot("launch-review", "calm", (120, 36), (*_HALF_GPU, "f5"), "the server takes it"),
    Shot("scale", "calm", (120, 36), ("2", *("down",) * 8, "a", "tab", *"32", "enter"), "would be done"),
    Shot("delete-80", "calm", (80, 24), ("2", *("down",) * 8, "D"), "Type"),
    Shot("projects", "calm", (120, 30), ("0",), "PLACEMENT"),
    Shot("workloads", "pending", (160, 40), ("2",), "Pending"),
    Shot("workloads-80", "pending", (80, 24), ("2",), "Pending"),
    Shot("pending", "pending", (120, 36), ("3",), "EVIDENCE"),
    Shot("pending-80", "pending", (80, 24), ("3",), "EVIDENCE"),
    Shot("pending-200", "pending", (200, 60), ("3",), "EVIDENCE"),
    Shot("why", "pending", (120, 36), ("2", *("down",) * 2, "w"), "TIMELINE"),
    Shot("waste", "busy", (160, 40), ("W",), "whole"),
    Shot("preflight", "pending", (120, 36), ("7", "a", "f"), "REMEDY"),
    Shot("preflight-80", "pending", (80, 24), ("7", "a", "f"), "REMEDY"),
    Shot("events", "pending", (160, 40), ("9",), "Unschedulable"),
    Shot("scale-test", "calm", (160, 45), ("8", "f5"), "31 of 31 cells measured"),
    Shot("scale-ramp", "calm", (160, 45), _RAMP, "1 of 1 cells measured"),
    Shot("size", "calm", (120, 36), ("6", "z"), "users"),
    Shot("filter", "fragmented", (120, 30), ("slash", *"given", "less_than_sign", "4"), "4"),
)


class HeldFeed(Session):
    """A session that was started, has heard all there is to hear, and was stopped again: nothing moves any more."""

    def start(self) -> None:
        """It has been."""

    async def hear_all(self) -> None:
        """Wait until every source is live and nothing new comes."""
        super().start()
        end = time.monotonic() + _PATIENCE_SECONDS
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < _QUIET_SECONDS or not _is_whole(self.store.snapshot):
            if time.monotonic() > end:
                raise SystemExit(f"the embedded cluster was not heard within {_PATIENCE_SECONDS:g} s")
            await asyncio.sleep(0.05)
            if self.store.snapshot.sequence != seen:
                seen, since = self.store.snapshot.sequence, time.monotonic()

        self.on_circumstances(lambda _: None)
        while inquiry(self.store.snapshot) and self.latest_circumstances is None:
            if time.monotonic() > end:
                raise SystemExit(f"what waits was not explained within {_PATIENCE_SECONDS:g} s")
            await asyncio.sleep(0.05)

    def refresh(self) -> None:
        """Nothing newer can be had."""


def _is_whole(snapshot: Snapshot) -> bool:
    return all(name in snapshot.sources and snapshot.sources[name].state == "live" for name in _MAIN)


async def render(scenario: str, shots: Iterable[Shot]) -> dict[str, str]:
    """The pictures of one scenario by name."""
    pictures = {}
    with tempfile.TemporaryDirectory(prefix="nimdeck-pictures-") as folder:
        async with held_cluster(scenario, Path(folder)) as cluster:
            feed = HeldFeed(cluster.settings, cluster.clock)
            await feed.hear_all()
            try:
                for shot in shots:
                    pictures[shot.name] = _plain(await _picture(shot, feed, cluster))
            finally:
                await asyncio.to_thread(Session.stop, feed)
    return pictures


async def _picture(shot: Shot, feed: HeldFeed, cluster: HeldCluster) -> str:
    app = NimdeckApp(lambda: _Borrowed(feed), cluster.settings)  # type: ignore[arg-type, return-value]
    async with app.run_test(size=shot.size) as pilot:
        app.theme = shot.theme
        await _until(pilot, lambda: app.feed is not None, "the feed")
        await pilot.pause()
        for key in shot.keys:
            if key.startswith(_UNTIL):
                await _shows(pilot, app, key.removeprefix(_UNTIL))
            else:
                await pilot.press(key)
        await _shows(pilot, app, shot.awaits)
        for line in app.screen.query(Input):
            line.cursor_blink = False
            line._cursor_visible = True
        await _settled(pilot, app)
        app.deck_screen.redraw()
        await pilot.pause()
        return app.export_screenshot(title="nimdeck")


class _Borrowed:
    """The feed as an app sees it, which may leave it without stopping it."""

    def __init__(self, feed: HeldFeed) -> None:
        self._feed = feed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    def stop(self) -> None:
        """The next picture needs it."""


def _text(app: NimdeckApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def _until(pilot: Pilot[int], done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"{what!r} did not appear within {_PATIENCE_SECONDS:g} s")
        await pilot.pause(0.05)


async def _shows(pilot: Pilot[int], app: NimdeckApp, word: str) -> None:
    await _until(pilot, lambda: word in _text(app), word)


async def _settled(pilot: Pilot[int], app: NimdeckApp) -> None:
    """Wait until the picture stands: curves that are asked for, lines of a log."""
    before, same = "", 0
    while same < 4:
        await pilot.pause(0.1)
        now = _text(app)
        before, same = (now, same + 1) if now == before else (now, 0)


def _plain(svg: str) -> str:
    """Without the ports that the system chose, and the random ids of the renderer."""
    svg = re.sub(r"127\.0\.0\.1:\d{2,5}", "127.0.0.1:8080", svg)
    return re.sub(r"terminal-\d+", "terminal", svg)


async def _all(names: Sequence[str]) -> dict[str, str]:
    by_scenario = attrgetter("scenario")
    wanted = sorted((shot for shot in SHOTS if not names or shot.name in names), key=by_scenario)
    pictures: dict[str, str] = {}
    for scenario, shots in groupby(wanted, key=by_scenario):  # each of them is started once
        pictures |= await render(scenario, shots)
    return pictures


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the pictures are as they should be; 1 when one has drifted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a picture has drifted")
    parser.add_argument("names", nargs="*", choices=[*(shot.name for shot in SHOTS), []], metavar="NAME")
    options = parser.parse_args(arguments)
    drifted = []
    for name, svg in asyncio.run(_all(options.names)).items():
        path = _HERE / f"{name}.svg"
        if not path.exists() or path.read_text(encoding="utf-8") != svg:
            drifted.append(name)
            if not options.check:
                path.write_text(svg, encoding="utf-8")
    if drifted:
        print(f"{'drifted' if options.check else 'drawn anew'}: {', '.join(drifted)}")
    return 1 if drifted and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
