"""``ctrl+p``: every action, every theme, every node and workload, found by a few letters."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Provider

from tui.actions import ACTIONS
from tui.screens.base import DeckScreen
from tui.screens.commands import open_by_name
from tui.screens.deck import DeckApp
from tui.screens.keys import key_labels

_NAMES_AT_MOST = 30


class ActionProvider(Provider):
    """The table of actions, those that the present screen offers."""

    async def discover(self) -> AsyncIterator[Any]:
        for title, words, run in self._offers():
            yield DiscoveryHit(title, run, help=words)

    async def search(self, query: str) -> AsyncIterator[Any]:
        matcher = self.matcher(query)
        for title, words, run in self._offers():
            score = matcher.match(f"{title} {words}")
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, help=words)

    def _offers(self) -> Iterator[tuple[str, str, Any]]:
        deck = cast(DeckApp, self.app)
        screen = self.screen
        scopes = deck.scopes_of(screen.SCOPES) if isinstance(screen, DeckScreen) else ()
        for action in ACTIONS:
            if action.scope in scopes and action.id != "app.palette" and deck.offers(action.id):
                title = f"{action.title}  ({key_labels(deck.keys_of(action.id))})"
                yield title, action.help, partial(deck.act, action.id)


class NameProvider(Provider):
    """Nodes and workloads by name."""

    async def search(self, query: str) -> AsyncIterator[Any]:
        deck = cast(DeckApp, self.app)
        matcher = self.matcher(query)
        snapshot = deck.snapshot
        names = [(name, "node") for name in snapshot.nodes]
        names += [(str(key), snapshot.workloads[key].type) for key in snapshot.workloads]
        scored = sorted(((matcher.match(name), name, kind) for name, kind in names), reverse=True)
        for score, name, kind in scored[:_NAMES_AT_MOST]:
            if score > 0:
                yield Hit(score, matcher.highlight(name), partial(open_by_name, deck, name), help=kind)
