"""Ways to a NIM and the Service that makes one."""

import pytest

from tests.launch.test_change import DEPLOYMENT, NIM, of, target
from tests.store.builders import HeldClock
from tui.launch.expose import PASSES_BY, address_of, endpoints, expose_changes, port_of, wait_address
from tui.launch.kinds import CannotChange
from tui.launch.manifests import manifests
from tui.model.ids import ObjectKey

URL = "http://llama.runai-test.inference.example"


def service(address="10.0.0.40", port=8000, **metadata):
    ingress = [{"ip": address}] if address else []
    return {
        "kind": "Service",
        "metadata": {"name": "llama-lb", "labels": {}, **metadata},
        "spec": {"ports": [{"port": port}]},
        "status": {"loadBalancer": {"ingress": ingress}},
    }


def having(**objects):
    found = {ObjectKey(*name.split("/")): body for name, body in objects.items()}
    return lambda resource, key: found.get(key) if resource == "services" else None


def test_the_guide_s_service_is_made_by_knative_s_selector():
    (change,) = expose_changes(target(), having())
    assert change.verb == "create"
    assert change.body["spec"]["selector"] == {"serving.knative.dev/service": "llama"}
    assert change.body["spec"]["type"] == "LoadBalancer"
    assert change.body["spec"]["ports"][0]["port"] == 8000


def test_a_deployment_is_exposed_by_its_own_selector():
    (change,) = expose_changes(target(DEPLOYMENT), having())
    assert change.body["spec"]["selector"] == manifests(DEPLOYMENT, "x")[0].body["spec"]["selector"]["matchLabels"]


def test_a_selector_that_a_service_can_not_have_is_refused():
    odd = target(DEPLOYMENT)
    odd.body["spec"]["selector"]["matchExpressions"] = [{}]
    with pytest.raises(CannotChange, match="expressions"):
        expose_changes(odd, having())


def test_a_service_of_ours_that_is_there_needs_nothing():
    made = dict(expose_changes(target(), having())[0].body)
    assert expose_changes(target(), having(**{"runai-test/llama-lb": made})) == ()
    (change,) = expose_changes(target(), having(**{"runai-test/llama-lb": service(port=9000)}))
    assert (change.verb, change.owned) == ("patch", False)


def test_all_ways_are_found_and_each_says_what_to_know_of_it():
    get = having(**{"runai-test/llama-lb": service(), "kourier-system/kourier": service("10.0.0.9", 80)})
    ways = list(endpoints(target(), URL, get))
    assert [(one.way, one.url, one.host) for one in ways] == [
        ("load-balancer", "http://10.0.0.40:8000", None),
        ("address", URL, None),
        ("gateway", "http://10.0.0.9", "llama.runai-test.inference.example"),
    ]
    assert ways[0].note == PASSES_BY


def test_a_deployment_without_an_address_has_its_service_inside():
    get = having(**{"runai-test/llama": {"spec": {"ports": [{"port": 8000}]}}})
    (way,) = endpoints(target(DEPLOYMENT), None, get)
    assert way.url == "http://llama.runai-test.svc.cluster.local:8000"


def test_an_address_of_ipv6_is_bracketed():
    assert address_of(service("fd00::1")) == "http://[fd00::1]:8000"
    assert address_of(service(None)) is None


def test_the_wait_for_an_address_ends_with_it_or_with_the_time():
    answers = [service(None), service(None), service()]
    clock = HeldClock()

    def pause(seconds):
        clock.at += seconds
        answers.pop(0)

    assert wait_address(lambda: answers[0], 10, clock, pause) == "http://10.0.0.40:8000"
    start = clock.at
    answers[:] = [service(None)] * 20
    assert wait_address(lambda: answers[0], 5, clock, pause) is None
    assert clock.at - start == 5


def test_the_port_is_the_container_s_own():
    assert port_of(target()) == 8000
    assert port_of(of({"kind": "Pod", "metadata": {"name": "x"}, "spec": {}})) == 8000
    other = target(NIM)
    other.body["spec"]["ports"]["items"]["port1"]["value"]["container"] = 9000
    assert port_of(other) == 9000
