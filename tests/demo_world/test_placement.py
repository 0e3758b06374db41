"""The node pool says how GPUs are placed, and the scheduler follows when that changes."""

from collections import Counter

from tests.demo_world.worlds import Stage
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.seed import Size


def use(stage: Stage, strategy: str) -> None:
    def edit(pool: Json) -> None:
        pool["spec"]["placementStrategy"] = {"cpu": "spread", "gpu": strategy}

    stage.api.change(api.NODE_POOL, None, "default", edit)


def nodes_of(stage: Stage, name: str) -> Counter[str]:
    stage.launch(name, gpu=0.5, replicas=4)
    stage.until(lambda: len(stage.pods(name)) == 4 and all(pod.node for pod in stage.pods(name)))
    return Counter(str(pod.node) for pod in stage.pods(name))


def test_spread_takes_many_nodes_and_binpack_few() -> None:
    stage = Stage("scale-test", Size(4, 4))
    spread = nodes_of(stage, "wide")
    assert max(spread.values()) - min(spread[node] for node in stage.world.context.ledger.nodes) <= 1
    use(stage, "binpack")
    assert len(nodes_of(stage, "tight")) <= 2
    use(stage, "spread")
    assert len(nodes_of(stage, "wide-again")) >= 3


def test_the_empty_project_is_ready_for_a_first_launch() -> None:
    stage = Stage()
    space = "runai-sandbox"
    assert not stage.api.list(api.INFERENCE, space)
    queue = stage.api.get(api.QUEUE, None, "sandbox") or {}
    assert queue["spec"]["resources"]["gpu"]["quota"] == 8
    assert (stage.api.get(api.PVC, space, "nfs-pvc-nim") or {})["status"]["phase"] == "Bound"
    assert "NGC_API_KEY" in (stage.api.get(api.SECRET, space, "ngc-api-key") or {})["data"]
    stage.launch("first", project="sandbox")
    began = stage.hand.at
    stage.until(lambda: any(pod.ready for pod in stage.pods("first")))
    assert 25 < stage.hand.at - began < 35
