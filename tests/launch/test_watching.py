"""A watch ends when it should, and asks only for what it needs."""

from dataclasses import replace

from tests.launch.starting import DEADLINE, IMAGE, KEY, placed, ready, running, snapshot, waiting, workload
from tests.store.builders import HeldClock
from tui.launch.watching import FINAL_SECONDS, watch
from tui.model.condition import Condition
from tui.model.nim import NimProbe
from tui.model.pod import Container
from tui.model.snapshot import ClusterInfo, Snapshot

NOT_FOUND = Container("c", IMAGE, reason="ErrImagePull", message="manifest unknown: not found")


class Cluster:
    """Shows one snapshot after the other, a second each; the last one stays."""

    def __init__(self, *shown: Snapshot, log=None, objects=None, health=None) -> None:
        self.clock = HeldClock()
        self.shown = [replace(one, sequence=number) for number, one in enumerate(shown)]
        self.log, self.objects, self.answer = log, objects or {}, health
        self.asked: list[tuple] = []

    def snapshot(self):
        return self.shown[0]

    def wait(self, sequence, timeout_seconds):
        self.clock.at += max(0.1, timeout_seconds)
        if len(self.shown) > 1:
            self.shown.pop(0)

    def surroundings(self, namespace):
        self.asked.append(("surroundings", namespace))
        return DEADLINE

    def log_tail(self, pod, container, previous, lines):
        self.asked.append(("log", pod.name, container, previous))
        return self.log

    def object(self, resource, key):
        self.asked.append(("object", resource))
        return self.objects.get(resource)

    def health(self, pod, port):
        self.asked.append(("health", pod.name, port))
        return self.answer


NOTHING = Snapshot(0.0, 0, ClusterInfo())


def ends(cluster, *, until="ready", seconds=1000.0, **options):
    return [one.end for one in watch(cluster, KEY, until, seconds, **options)]


def test_it_ends_when_it_serves():
    cluster = Cluster(NOTHING, snapshot(), snapshot((waiting(),)), snapshot((running(),)), snapshot((ready(),)))
    assert ends(cluster) == ["", "", "", "", "ready"]


def test_until_scheduled_ends_at_the_node():
    cluster = Cluster(snapshot((waiting(),)), snapshot((placed(),)), snapshot((ready(),)))
    assert ends(cluster, until="scheduled") == ["", "scheduled"]


def test_what_must_be_mended_ends_it_soon_and_not_at_its_first_sight():
    cluster = Cluster(snapshot((placed(container=NOT_FOUND),)))
    start = cluster.clock.at
    assert ends(cluster)[-1] == "blocked"
    assert FINAL_SECONDS <= cluster.clock.at - start < FINAL_SECONDS + 5


def test_a_hiccup_ends_nothing():
    cluster = Cluster(snapshot((placed(container=NOT_FOUND),)), snapshot((running(),)), snapshot((ready(),)))
    assert ends(cluster)[-1] == "ready"


def test_what_may_pass_has_patience():
    cluster = Cluster(snapshot((waiting(message="3 Insufficient nvidia.com/gpu"),)))
    start = cluster.clock.at
    assert ends(cluster, patience_seconds=60)[-1] == "blocked"
    assert 60 <= cluster.clock.at - start < 65


def test_the_time_ends_it():
    cluster = Cluster(snapshot((running(),)))
    assert ends(cluster, seconds=7)[-1] == "timeout"


def test_a_workload_that_is_deleted_ends_it():
    assert ends(Cluster(snapshot((running(),)), NOTHING))[-1] == "gone"


def test_who_asked_may_end_it():
    assert ends(Cluster(snapshot((running(),))), is_over=lambda: True) == []


def test_the_log_is_asked_for_once_the_container_runs_and_moves_the_steps():
    cluster = Cluster(snapshot((placed(),)), snapshot((running(),)), log=("INFO Model workspace is now ready.",))
    seen = list(watch(cluster, KEY, timeout_seconds=4))
    logs = [one for one in cluster.asked if one[0] == "log"]
    assert logs[0] == ("log", "llama-1", "user-container", False)
    assert len(logs) <= 3
    assert seen[1].progress.step("loading").state == "active"
    assert seen[0].progress.deadline.seconds == 600


def test_after_a_crash_the_run_before_is_read():
    down = Container("c", IMAGE, restarts=1, reason="CrashLoopBackOff", last_exit_code=1)
    cluster = Cluster(snapshot((placed(container=down),)), log=("CUDA out of memory",))
    first = next(iter(watch(cluster, KEY)))
    assert ("log", "llama-1", "c", True) in cluster.asked
    assert first.progress.causes[0].code == "nim_out_of_memory"


def test_a_container_that_crashes_again_and_again_is_blocked_though_it_runs_in_between():
    down = snapshot((placed(container=Container("c", IMAGE, restarts=2, reason="CrashLoopBackOff", last_exit_code=1)),))
    up = snapshot((running(container_fields={"restarts": 2, "last_exit_code": 1}),))
    assert ends(Cluster(*[down, up] * 20, log=("all is well",)), seconds=100)[-1] == "blocked"


def test_one_crash_may_be_a_hiccup():
    again = snapshot((running(container_fields={"restarts": 1, "last_exit_code": 1}),))
    cluster = Cluster(*[again] * 30, snapshot((ready(),)))
    assert ends(cluster)[-1] == "ready"


def test_the_newest_revision_is_asked_for_what_it_says():
    failed = {"type": "Ready", "status": "False", "reason": "ContainerMissing", "message": "401 Unauthorized"}
    objects = {
        "services.serving.knative.dev": {"status": {"latestCreatedRevisionName": "llama-00001"}},
        "revisions.serving.knative.dev": {"status": {"conditions": [failed]}},
    }
    first = next(iter(watch(Cluster(snapshot(), objects=objects), KEY)))
    assert [one.code for one in first.progress.causes] == ["image_unauthorized"]


def test_health_decides_where_the_objects_do_not():
    pods = (ready(),)
    unsure = workload(pods, phase="Initializing", conditions=(Condition("Ready", "Unknown"),))
    cluster = Cluster(snapshot(pods, unsure), health=NimProbe("x", True, ready=True))
    assert ends(cluster) == ["ready"]
    assert ("health", "llama-1", 8000) in cluster.asked
    cluster = Cluster(snapshot(pods, unsure), health=NimProbe("x", True, ready=False))
    assert ends(cluster, seconds=3)[-1] == "timeout"
    ready_above = snapshot(pods, workload(pods, phase="Running", conditions=(Condition("Ready", "True"),)))
    assert ends(Cluster(ready_above, health=NimProbe("x", True, ready=False)), seconds=3)[-1] == "timeout"
    assert ends(Cluster(ready_above, health=NimProbe("x", False, ready=None))) == ["ready"]
