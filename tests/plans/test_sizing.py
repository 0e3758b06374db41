"""Sizing from the guide and from curves: figures that are known by hand, and what is refused."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.plans.sizing import SizeError, resolve, size
from tui.plans.sizing_guide import guide_reference
from tui.plans.sizing_values import Curve, CurvePoint, Reference, SearchAnswer, SizeQuestion, Sizing

LLAMA = "meta/llama-3.1-8b-instruct"
DEEPSEEK = "deepseek-ai/deepseek-r1-distill-llama-8b"


def ask(*users: tuple[str, int], reference: Reference | None = None, **fields: float) -> Sizing:
    return size(SizeQuestion(users, **fields), reference or guide_reference())  # type: ignore[arg-type]


def measured(*curves: Curve, sizes: tuple[int, int] = (2000, 200)) -> Reference:
    return Reference("here", "measured", "mean", curves, (sizes,) * len(curves))


def curve(*points: tuple[int, float], gpu: float = 1.0, pods: int = 1, **fields: object) -> Curve:
    made = tuple(CurvePoint(users, ttft) for users, ttft in points)
    return Curve("m", gpu, pods, f"x{pods}", made, **fields)  # type: ignore[arg-type]


# -- the guide ---------------------------------------------------------------------------------------------------------


def test_table_8_by_hand() -> None:
    """1000 / 137 = 7.3 and 500 / 141 = 3.5: 8 + 4 GPUs, 3 servers of 4."""
    sizing = ask((LLAMA, 1000), (DEEPSEEK, 500))
    assert (sizing.gpus, sizing.servers) == (12, 3)
    assert [(m.gpus, m.replicas, m.users_per_gpu, m.ttft_ms) for m in sizing.models] == [
        (8, 8, 137.0, 987.0),
        (4, 4, 141.0, 987.0),
    ]
    assert len(sizing.packing) == 12
    assert all(len({part.model for part in gpu.parts}) == 1 for gpu in sizing.packing)
    assert sizing.bottleneck is not None and sizing.bottleneck.model == LLAMA
    assert sizing.extrapolated and any("linear scaling is assumed" in note for note in sizing.notes)


@pytest.mark.parametrize(("users", "gpus"), [(1, 1), (137, 1), (138, 2), (274, 2), (275, 3)])
def test_the_edges_of_a_gpu(users: int, gpus: int) -> None:
    sizing = ask((LLAMA, users))
    assert sizing.gpus == gpus
    assert sizing.extrapolated is (gpus > 1)


def test_head_room_is_users_on_top_and_makes_no_dust() -> None:
    assert ask((LLAMA, 1370), headroom_fraction=0.1).gpus == 11
    assert ask((LLAMA, 1370), headroom_fraction=0.1).models[0].sized_users == 1507.0


def test_both_sizings_stand_there_and_the_contradiction_is_named() -> None:
    sizing = ask((LLAMA, 1370), (DEEPSEEK, 1410))
    assert [(one.name, one.gpus, one.servers, one.saved_gpus) for one in sizing.alternatives] == [
        ("separate", 20, 5, 0),
        ("mixed", 10, 3, 10),
    ]
    said = [note for note in sizing.notes if "contradicts" in note]
    assert len(said) == 1 and "278" in said[0] and "137 + 141" in said[0] and "figure 21" in said[0]
    assert "contradicts" in sizing.alternatives[1].note and sizing.gpus == 20


def test_a_mix_needs_both_models() -> None:
    mixed = ask((LLAMA, 500)).alternatives[1]
    assert (mixed.name, mixed.gpus) == ("mixed", None) and "no mix of exactly these models" in mixed.note


def test_only_about_1000_ms_is_published() -> None:
    rows = {one.name: (one.gpus, one.servers, one.note) for one in ask((LLAMA, 500)).sensitivity}
    assert rows["TTFT 500 ms"] == rows["TTFT 2000 ms"] == (None, None, "not published")
    assert rows["TTFT 1000 ms"][:2] == (4, 1)
    assert (rows["users -20 %"][0], rows["users +20 %"][0]) == (3, 5)
    refused = ask((LLAMA, 500), ttft_ms=500.0)
    assert (refused.gpus, refused.servers, refused.packing, refused.bottleneck) == (None, None, (), None)
    assert "not published" in refused.notes[0]


def test_other_tokens_are_refused() -> None:
    sizing = ask((LLAMA, 10), isl=200)
    assert sizing.gpus is None and "200:200 tokens were not measured; guide knows 2000:200" in sizing.notes[0]


def test_names_of_models() -> None:
    guide = guide_reference()
    assert resolve(guide, "LLAMA-3.1-8b-instruct") == LLAMA
    assert resolve(guide, "deepseek r1 distill llama 8b") == DEEPSEEK
    with pytest.raises(SizeError, match=f"'gpt' is not in the reference guide; it knows {LLAMA}, {DEEPSEEK}"):
        resolve(guide, "gpt")
    with pytest.raises(SizeError, match="asked twice"):
        ask((LLAMA, 1), ("llama-3.1-8b-instruct", 2))


# -- curves ------------------------------------------------------------------------------------------------------------


def test_interpolated_between_two_neighbours_and_no_further() -> None:
    here = measured(curve((64, 500.0), (128, 900.0), (160, 1100.0)))
    middle = ask(("m", 10), reference=here)
    assert middle.models[0].users_per_gpu == 144.0 and "between 128 and 160" in middle.models[0].basis
    below = ask(("m", 10), reference=here, ttft_ms=499.0)
    assert below.gpus is None and "outside what was measured, 64 users had 500 ms" in below.notes[0]
    above = ask(("m", 10), reference=here, ttft_ms=5000.0)
    assert above.models[0].users_per_gpu == 160.0 and any("at least 160 users" in note for note in above.notes)


def test_a_searchs_answer_goes_before_points_for_its_own_target_only() -> None:
    here = measured(curve((100, 800.0), (200, 1200.0), answer=SearchAnswer(137, 1000.0, 987.0)))
    assert ask(("m", 1), reference=here).models[0].users_per_gpu == 137.0
    assert ask(("m", 1), reference=here, ttft_ms=900.0).models[0].users_per_gpu == 125.0


def test_a_point_with_too_many_failures_bounds_and_gives_nothing() -> None:
    here = measured(curve((100, 800.0), (200, math.inf), (300, 100.0)))
    assert ask(("m", 1), reference=here).models[0].users_per_gpu == 100.0


def test_the_least_users_a_replica_up_to_the_scale_that_is_needed() -> None:
    """100 a pod alone, 90 at 16 pods, 60 at 64: 1,440 users fit 16 pods, 1,441 need what 64 pods gave."""
    here = measured(
        curve((100, 1000.0), (101, 1001.0)),
        curve((1440, 1000.0), (1441, 1001.0), pods=16),
        curve((3840, 1000.0), (3841, 1001.0), pods=64),
    )
    assert [ask(("m", users), reference=here).gpus for users in (100, 101, 1440, 1441)] == [1, 2, 16, 25]
    assert not ask(("m", 3840), reference=here).extrapolated
    beyond = ask(("m", 3841), reference=here)
    assert beyond.gpus == 65 and beyond.extrapolated and "from 64 replicas measured to 65" in beyond.notes[0]


def test_a_scale_that_never_held_the_target_ends_the_way() -> None:
    here = measured(curve((100, 900.0), (101, 1001.0)), curve((160, 2000.0), pods=16))
    assert ask(("m", 100), reference=here).gpus == 1
    assert ask(("m", 101), reference=here).gpus is None


def test_half_a_gpu_counts_as_half_only_beside_neighbours() -> None:
    lone = ask(("m", 200), reference=measured(curve((100, 900.0), (101, 1001.0), gpu=0.5, shared=False)))
    assert lone.gpus == 2 and any("a whole GPU is taken" in note for note in lone.notes)
    full = measured(curve((200, 900.0), (201, 1001.0), gpu=0.5, pods=4, shared=True))
    sizing = ask(("m", 200), reference=full)
    assert (sizing.gpus, sizing.models[0].replicas, sizing.models[0].users_per_gpu) == (2, 4, 100.0)
    assert [len(gpu.parts) for gpu in sizing.packing] == [2, 2]


def test_packed_and_mixed_from_what_was_measured() -> None:
    def half(model: str, users: int, **fields: object) -> Curve:
        points = (CurvePoint(users * 2, 900.0), CurvePoint(users * 2 + 1, 1001.0))
        return Curve(model, 0.5, 2, model, points, shared=True, **fields)  # type: ignore[arg-type]

    here = measured(half("a", 60), half("b", 60), half("a", 30, others=("b",)), half("b", 30, others=("a",)))
    sizing = size(SizeQuestion((("a", 60), ("b", 60))), here)
    found = {one.name: (one.gpus, one.saved_gpus) for one in sizing.alternatives}
    assert found == {"separate": (2, 0), "packed": (1, 1), "mixed": (2, 0)}
    assert all(len({part.model for part in gpu.parts}) == 1 for gpu in sizing.packing)


def test_a_replica_larger_than_a_server_is_refused() -> None:
    sizing = ask(("m", 1), reference=measured(curve((10, 900.0), gpu=8.0)))
    assert sizing.gpus is None and "a replica of 8 GPUs does not fit 4 a server" in sizing.notes[0]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(1, 16))
def test_more_users_never_need_fewer_gpus_and_all_users_have_their_place(users: int, more: int, server: int) -> None:
    one, two = (ask((LLAMA, count), gpus_per_server=server) for count in (users, users + more))
    assert one.gpus is not None and two.gpus is not None and one.servers is not None
    assert one.gpus <= two.gpus
    assert one.gpus * 137 >= users > (one.gpus - 1) * 137
    assert one.servers == math.ceil(one.gpus / server) and len(one.packing) == one.gpus
