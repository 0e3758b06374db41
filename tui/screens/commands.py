"""What the ``:`` line understands: the commands of the action table, then names of nodes and workloads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.actions import BY_COMMAND
from tui.model.snapshot import Snapshot

if TYPE_CHECKING:
    from tui.screens.deck import DeckApp


async def run_command(deck: "DeckApp", text: str) -> str:
    """Do what ``text`` says; the result is what is wrong with it, ``""`` when it was done."""
    words = text.split()
    if not words:
        return ""
    action = BY_COMMAND.get(words[0])
    if action is not None:
        return await deck.perform(action.id, *words[1:])
    return "" if open_by_name(deck, words[0]) else _unknown(words[0])


def open_by_name(deck: "DeckApp", name: str) -> bool:
    """Open the node or workload of that name (``namespace/name`` where two share one)."""
    from tui.screens.node_screen import NodeScreen
    from tui.screens.workload_screen import WorkloadScreen

    snapshot = deck.snapshot
    if name in snapshot.nodes:
        deck.push_screen(NodeScreen(name))
        return True
    for key in snapshot.workloads:
        if name in (key.name, str(key)):
            deck.push_screen(WorkloadScreen(key))
            return True
    return False


def completions(snapshot: Snapshot, text: str) -> Sequence[str]:
    """What could stand where ``text`` was begun: commands first."""
    names = [*sorted(BY_COMMAND), *snapshot.nodes, *(key.name for key in snapshot.workloads)]
    return [name for name in names if name.startswith(text)]


def _unknown(word: str) -> str:
    close = sorted(name for name in BY_COMMAND if name[:2] == word[:2])
    hint = f"did you mean :{close[0]}?" if close else "? lists the commands"
    return f"no command, node or workload {word!r}; {hint}"
