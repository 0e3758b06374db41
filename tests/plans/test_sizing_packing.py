"""Parts of GPUs onto GPUs: against every packing there is, on small cases."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.plans.sizing_packing import MOST_EXACT, Packing, Rule, pack, per_gpu
from tui.plans.sizing_values import Part

SIZES = st.sampled_from([0.1, 0.15, 0.2, 0.25, 0.3, 0.34, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.75, 0.9, 1.0])
RULES = st.sampled_from(["any", "apart", "own"])


def parts_of(pairs: list[tuple[str, float]]) -> list[Part]:
    return [Part(model, number, fraction) for number, (model, fraction) in enumerate(pairs, 1)]


def allowed(group: list[Part], rule: Rule) -> bool:
    models = [part.model for part in group]
    if rule == "own" and len(set(models)) > 1:
        return False
    if rule == "apart" and len(group) > 1 and len(set(models)) < len(models):
        return False
    return sum(round(part.fraction * 100) for part in group) <= 100


def fewest(parts: list[Part], rule: Rule) -> int:
    """Every way to put the parts into groups, one after another."""
    best = len(parts)

    def place(at: int, groups: list[list[Part]]) -> None:
        nonlocal best
        if len(groups) >= best:
            return
        if at == len(parts):
            best = len(groups)
            return
        for group in groups:
            if allowed([*group, parts[at]], rule):
                group.append(parts[at])
                place(at + 1, groups)
                group.pop()
        place(at + 1, [*groups, [parts[at]]])

    place(0, [])
    return best


def holds_all(packing: Packing, parts: list[Part], rule: Rule, gpus_per_server: int) -> None:
    placed = Counter((part.model, part.replica) for gpu in packing.gpus for part in gpu.parts)
    assert placed == Counter((part.model, part.replica) for part in parts)
    assert all(allowed(list(gpu.parts), rule) for gpu in packing.gpus)
    places = [(gpu.server, gpu.gpu) for gpu in packing.gpus]
    assert len(set(places)) == len(places) and all(0 <= gpu < gpus_per_server for _, gpu in places)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), SIZES), min_size=1, max_size=7), RULES, st.integers(1, 4))
def test_no_packing_has_fewer_gpus(pairs: list[tuple[str, float]], rule: Rule, gpus_per_server: int) -> None:
    parts = parts_of(pairs)
    packing = pack(parts, gpus_per_server, rule)
    holds_all(packing, parts, rule, gpus_per_server)
    assert packing.exact
    assert len(packing.gpus) == fewest(parts, rule)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), SIZES), min_size=MOST_EXACT + 1, max_size=60), RULES)
def test_a_large_one_is_whole_and_near_the_least(pairs: list[tuple[str, float]], rule: Rule) -> None:
    parts = parts_of(pairs)
    packing = pack(parts, 4, rule)
    holds_all(packing, parts, rule, 4)
    if rule == "any":
        least = sum(round(part.fraction * 100) for part in parts) / 100
        assert len(packing.gpus) <= 2 * least + 1
    assert packing.gpus[-1].server == -(-len(packing.gpus) // 4), "no GPU is left out between"


def test_first_fit_alone_would_need_one_more() -> None:
    """First-fit decreasing puts 0.6 with 0.4 and is left with too much; there is a packing on three."""
    sizes = [0.44, 0.44, 0.4, 0.3, 0.3, 0.28, 0.28, 0.28, 0.28]
    parts = parts_of([("a", size) for size in sizes])
    assert len(pack(parts, 4).gpus) == fewest(parts, "any") == 3


def test_ten_tenths_are_one_gpu_and_a_third_is_rounded_up() -> None:
    assert len(pack(parts_of([("a", 0.1)] * 10), 4).gpus) == 1
    assert (per_gpu(0.1), per_gpu(1 / 3), per_gpu(0.34), per_gpu(0.5), per_gpu(2.0)) == (10, 2, 2, 2, 1)


def test_replicas_of_several_gpus_stay_on_one_server() -> None:
    packing = pack(parts_of([("big", 3.0), ("big", 3.0), ("small", 0.5), ("small", 0.5), ("small", 0.5)]), 4)
    for replica in (1, 2):
        assert len({gpu.server for gpu in packing.gpus for part in gpu.parts if part.replica == replica}) == 1
    assert [(gpu.server, gpu.gpu) for gpu in packing.gpus] == [(s, g) for s in (1, 2) for g in range(4)]


@pytest.mark.parametrize("fraction", [0.0, -0.5, 8.0])
def test_a_part_that_goes_onto_no_server_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match=r"a: .* GPUs a replica do not go onto 4"):
        pack([Part("a", 1, fraction)], 4)
