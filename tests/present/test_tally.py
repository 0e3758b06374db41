"""Totals that are kept node by node say what a walk over all nodes says, whatever changes in between."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import GPU_MEMORY, HALF, WHOLE, HeldClock, node, nodes, pod
from tui.model.changes import Batch, Listed
from tui.model.ids import GpuId, ObjectKey
from tui.model.metrics import MetricColumn
from tui.present.tally import Tally, holders
from tui.present.totals import totals
from tui.store import Store

NAMES = ("a", "b", "c")


def changed(store: Store, clock: HeldClock, dice: random.Random) -> None:
    """One of the things that happen to a cluster."""
    name = dice.choice(NAMES)
    what = dice.randrange(5)
    clock.at += 200.0
    if what == 0:
        request = dice.choice((WHOLE, HALF))
        thing = pod(f"p{dice.randrange(6)}", request, name, gpu_index_hints=(dice.randrange(4),))
        store.put(Batch("pods", ((thing.key, thing),)))
    elif what == 1:
        store.put(Batch("pods", ((ObjectKey("team", f"p{dice.randrange(6)}"), None),)))
    elif what == 2:
        store.put(Batch("nodes", ((ObjectKey("", name), None),)))
    elif what == 3:
        thing_node = node(
            name, ready=dice.random() < 0.7, schedulable=dice.random() < 0.7, resource_version=str(clock.at)
        )
        store.put(Batch("nodes", ((ObjectKey("", name), thing_node),)))
    else:
        values = {GpuId(n, gpu): dice.choice((0.0, 0.5)) for n in NAMES for gpu in range(4)}
        store.put(MetricColumn("gpu_utilization_fraction", "dcgm", clock.at, values))


@given(st.integers(0, 2**32))
def test_a_tally_that_follows_the_diffs_says_what_a_walk_says(seed: int) -> None:
    dice, clock, tally = random.Random(seed), HeldClock(), Tally()
    store = Store(clock)
    store.put(nodes(*(node(name, gpu_memory_bytes=float(GPU_MEMORY)) for name in NAMES)))
    store.put(Listed("pods", {}))
    store.drain()
    tally.update(store.snapshot.nodes, None)
    for _ in range(12):
        changed(store, clock, dice)
        diff = store.drain()
        found = store.snapshot.nodes
        tally.update(found, diff)
        walked = totals(found[name] for name in found)
        assert tally.holders == holders(found.values())
        # Idle time may pass its bound while the figure stands still; the screen's whole redraw brings that.
        same = {name for name in walked.__slots__ if getattr(walked, name) == getattr(tally.totals, name)}
        assert set(walked.__slots__) - same <= {"idle_held"}
        tally.update(found, None)
        assert tally.totals == walked
