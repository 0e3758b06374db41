"""The ports that containers declare, as the API sends them."""

import msgspec

from tui.sources.kinds.pods import PodItem, to_model


def test_declared_ports_are_kept_and_odd_ones_passed_over() -> None:
    ports = [{"name": "user-port", "containerPort": 8000, "protocol": "TCP"}, {"name": "none"}]
    body = {
        "metadata": {"name": "x", "namespace": "n", "uid": "u", "resourceVersion": "1"},
        "spec": {"containers": [{"name": "user-container", "ports": ports}, {"name": "bare"}]},
        "status": {"containerStatuses": [{"name": "user-container", "ready": True}]},
    }
    pod = to_model(msgspec.json.decode(msgspec.json.encode(body), type=PodItem))
    assert [(part.name, part.ports) for part in pod.containers] == [("user-container", (8000,)), ("bare", ())]
