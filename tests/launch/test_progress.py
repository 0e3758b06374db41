"""The steps of a launch, from snapshots of every moment of it."""

from dataclasses import replace

import pytest

from tests.launch.starting import (
    DEADLINE,
    GUIDE,
    IMAGE,
    KEY,
    event,
    node_with,
    placed,
    ready,
    running,
    snapshot,
    waiting,
    workload,
)
from tests.store.builders import NOW
from tui.launch.progress import LaunchReadings, progress, watched_pod
from tui.model.condition import Condition
from tui.model.pod import Container, ContainerPhase
from tui.model.snapshot import ClusterInfo, Snapshot

LOG = ("INFO Running NIM without LoRA", "INFO Preparing model workspace. This step might download additional files.")


def told(snap, log=None, surroundings=DEADLINE, now=NOW, revision=()):
    return progress(KEY, snap, LaunchReadings(log=log, revision=revision), surroundings, now)


def states(found) -> str:
    """One letter a step: done, active, waiting, blocked."""
    return "".join(step.state[0] for step in found.steps)


@pytest.mark.parametrize(
    ("snap", "log", "shown"),
    [
        (Snapshot(NOW, 1, ClusterInfo()), None, "awwwwww"),
        (snapshot(), None, "dawwwww"),
        (snapshot((waiting(),)), None, "ddawwww"),
        (snapshot((placed(),)), None, "dddawww"),
        (snapshot((running(),)), None, "ddddaww"),
        (snapshot((running(),)), LOG, "ddddaww"),
        (snapshot((running(),)), (*LOG, "INFO Model workspace is now ready. It took 12.1 seconds"), "dddddaw"),
        (snapshot((running(),)), (*LOG, "INFO Uvicorn running on http://0.0.0.0:8000"), "dddddda"),
        (snapshot((ready(),)), None, "ddddddd"),
    ],
)
def test_each_moment_has_one_active_step(snap, log, shown):
    assert states(told(snap, log, now=NOW - 45)) == shown


def test_a_launch_that_is_ready_says_so_and_has_no_deadline_any_more():
    found = told(snapshot((ready(),)))
    assert (found.outcome, found.deadline, found.causes) == ("ready", None, ())
    assert found.step("ready").ended_at == NOW - 10


def test_what_stands_above_the_pods_has_the_last_word():
    pods = (ready(),)
    not_yet = workload(pods, conditions=(Condition("Ready", "Unknown", "IngressNotConfigured"),))
    assert states(told(snapshot(pods, not_yet))) == "ddddaww"
    serving = replace(not_yet, conditions=(Condition("Ready", "True"),), endpoint="http://llama.example")
    found = told(snapshot(pods, serving))
    assert found.outcome == "ready"
    assert found.step("ready").detail == "http://llama.example"


def test_where_it_lies_is_told_with_its_gpu():
    one = running()
    found = told(snapshot((one,), nodes={"n1": node_with("n1", one)}))
    assert found.step("scheduled").detail == "n1 gpu1 0.50"
    assert found.step("scheduled").elapsed_seconds(NOW) == pytest.approx(15)


def test_a_step_that_lasts_counts_up_and_one_that_is_done_does_not():
    found = told(snapshot((running(),)), LOG, now=NOW + 30)
    assert found.step("downloading").elapsed_seconds(NOW + 30) == pytest.approx(80)
    assert found.step("pulling").elapsed_seconds(NOW + 30) == pytest.approx(30)
    assert found.step("loading").elapsed_seconds(NOW + 30) is None


def test_of_several_pods_the_least_far_is_watched():
    pods = (ready("llama-a"), waiting("llama-b", "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."))
    work = workload(pods, min_replicas=2, max_replicas=2)
    found = told(snapshot(pods, work))
    assert watched_pod(KEY, snapshot(pods, work)).key.name == "llama-b"
    assert states(found) == "ddbwwww"
    assert found.step("scheduled").detail.startswith("1 of 2: n1")
    assert [one.code for one in found.causes] == ["no_free_gpu"]


def test_pods_of_the_revision_before_do_not_count():
    pods = (
        ready("old", knative_revision="llama-00001"),
        placed("new", knative_revision="llama-00002"),
    )
    assert states(told(snapshot(pods))) == "dddawww"


def test_the_image_s_pull_is_told_by_the_kubelet_s_events():
    one = placed()
    events = (event(one, "Pulling", "Pulling image", NOW - 75, "Normal"),)
    found = told(snapshot((one,), events=events))
    assert found.step("pulling").elapsed_seconds(NOW) == pytest.approx(75)
    two = running()
    events = (event(two, "Pulled", f'Container image "{IMAGE}" already present on machine', NOW - 79, "Normal"),)
    found = told(snapshot((two,), events=events))
    assert "was on the node" in found.step("pulling").detail
    assert found.step("pulling").elapsed_seconds(NOW) == pytest.approx(1)


@pytest.mark.parametrize(
    ("one", "log", "code", "final", "step"),
    [
        (waiting(message="Non-preemptible workload is over quota. x"), None, "over_quota_non_preemptible", False, 2),
        (waiting(message="something new"), None, "unknown", False, 2),
        (
            placed(container=Container("c", IMAGE, reason="ErrImagePull", message="manifest unknown: not found")),
            None,
            "image_not_found",
            True,
            3,
        ),
        (
            placed(container=Container("c", IMAGE, reason="ImagePullBackOff", message="401 Unauthorized")),
            None,
            "image_unauthorized",
            True,
            3,
        ),
        (
            placed(
                container=Container("c", IMAGE, reason="CreateContainerConfigError", message='secret "s" not found')
            ),
            None,
            "secret_missing",
            True,
            3,
        ),
        (
            placed(container=Container("c", IMAGE, restarts=2, reason="CrashLoopBackOff", last_exit_code=1)),
            ("ERROR Could not find a profile that is currently runnable with the detected GPUs.",),
            "nim_no_profile",
            True,
            4,
        ),
        (
            placed(container=Container("c", IMAGE, restarts=1, reason="CrashLoopBackOff", last_exit_code=1)),
            ("Authentication Error: NGC_API_KEY is not valid: 401 Unauthorized",),
            "ngc_key_refused",
            True,
            4,
        ),
        (
            placed(container=Container("c", IMAGE, restarts=1, reason="CrashLoopBackOff", last_exit_code=1)),
            ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.75 GiB.",),
            "nim_out_of_memory",
            True,
            4,
        ),
        (
            placed(container=Container("c", IMAGE, restarts=1, last_reason="OOMKilled", last_exit_code=137)),
            None,
            "container_out_of_memory",
            True,
            4,
        ),
        (
            placed(container=Container("c", IMAGE, phase=ContainerPhase.TERMINATED, exit_code=3, restarts=2)),
            None,
            "container_crash",
            True,
            4,
        ),
    ],
)
def test_what_blocks_it_is_a_cause_at_its_step(one, log, code, final, step):
    found = told(snapshot((one,)), log)
    assert [cause.code for cause in found.causes][:1] == [code]
    assert found.outcome == "blocked"
    assert found.is_final is final
    assert states(found) == "d" * step + "b" + "w" * (6 - step)


def test_a_start_that_takes_its_course_has_no_cause():
    one = running()
    noise = event(one, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
    work = workload((one,), conditions=(Condition("Ready", "Unknown", "RevisionMissing"),))
    assert told(snapshot((one,), work, events=(noise,)), LOG).causes == ()


def test_a_failed_revision_is_final():
    reason = "ProgressDeadlineExceeded"
    work = workload((), conditions=(Condition("Ready", "False", reason, "Initial scale was never achieved"),))
    found = told(snapshot((), work))
    assert [one.code for one in found.causes] == ["knative_progress_deadline"]
    assert found.is_final


def test_the_revision_s_own_condition_is_read_too():
    missing = Condition("Ready", "False", "ContainerMissing", 'Unable to fetch image "x": 404 Not Found')
    found = told(snapshot(), revision=(missing,))
    assert [one.code for one in found.causes] == ["image_not_found"]


def test_pods_that_are_refused_are_told_by_the_owner_s_event():
    refused = replace(event(waiting(), "FailedCreate", "exceeded quota"), object_kind="ReplicaSet")
    refused = replace(refused, object=replace_name(refused.object, "llama-00001-deployment-5d"))
    found = told(snapshot(events=(refused,)))
    assert [one.code for one in found.causes] == ["admission_refused"]


def replace_name(key, name):
    return type(key)(key.namespace, name)


def test_an_operator_that_never_answers_is_told_after_a_minute():
    assert told(snapshot(), now=NOW - 50).causes == ()
    assert [one.code for one in told(snapshot()).causes] == ["operator_silent"]


def test_kubernetes_own_scheduler_on_a_fraction_means_that_the_name_was_dropped():
    one = waiting(scheduler="default-scheduler", message="0/3 nodes are available: 3 Insufficient nvidia.com/gpu.")
    spoke = event(one, "FailedScheduling", "0/3 nodes are available", source="default-scheduler")
    codes = [cause.code for cause in told(snapshot((one,), events=(spoke,))).causes]
    assert "scheduler_name_dropped" in codes


def test_knative_s_deadline_counts_down_and_is_told_before_it_strikes():
    found = told(snapshot((running(),)), LOG)
    assert found.deadline is not None
    assert found.deadline.seconds_left(NOW) == pytest.approx(505)
    assert "raise progress-deadline to 1800s" in found.deadline.advice
    late = told(snapshot((running(),)), LOG, now=NOW + 600)
    assert late.deadline is not None
    assert "is over" in late.deadline.advice


def test_a_long_deadline_needs_no_advice_until_the_download_is_late():
    assert told(snapshot((running(),)), LOG, GUIDE).deadline.advice == ""
    assert "3600s" in told(snapshot((running(),)), LOG, GUIDE, now=NOW + 1500).deadline.advice


def test_without_the_surroundings_there_is_no_deadline():
    assert told(snapshot((running(),)), LOG, None).deadline is None


def test_usual_times_come_from_starts_of_the_same_image_here():
    pods = (placed(),)
    found = told(snapshot(pods, others=(ready("other-1", NOW - 20), ready("other-2", NOW - 30))))
    pulling, downloading = found.step("pulling").usual, found.step("downloading").usual
    assert (pulling.seconds, pulling.source) == (30, "median of 2 starts here")
    assert downloading.seconds == 25
    assert "loading included" in downloading.source
    assert found.step("loading").usual is None


def test_without_starts_here_usual_times_are_defaults_and_say_so():
    usual = told(snapshot((placed(),))).step("downloading").usual
    assert usual.source == "nimdeck's default"


def test_a_log_of_another_day_gives_no_times():
    log = ("INFO 2001-01-01 00:00:00.000 Preparing model workspace.",)
    assert told(snapshot((running(),)), log).step("downloading").started_at == NOW - 50


def test_a_log_s_own_times_are_kept():
    log = ("INFO 2027-01-15 07:59:20.500 Preparing model workspace.", "INFO 2027-01-15 07:59:40 Loading model weights")
    found = told(snapshot((running(),)), log)
    assert found.step("downloading").elapsed_seconds(NOW) == pytest.approx(19.5)
    assert found.step("loading").elapsed_seconds(NOW) == pytest.approx(20)


def test_scaled_to_zero_and_ready_needs_no_pod():
    work = workload((), min_replicas=0, phase="Running", conditions=(Condition("Ready", "True"),))
    found = told(snapshot((), work))
    assert found.outcome == "ready"
    assert found.step("ready").detail == "scaled to zero"


def test_pods_that_may_not_be_read_leave_the_phase_to_tell():
    work = workload((), running_pods=None, phase="Running")
    assert told(snapshot((), work)).outcome == "ready"
