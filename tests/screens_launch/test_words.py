"""The words beside the form and of a launch under way, without a screen."""

import re
from dataclasses import replace

import pytest

from tests.launch.starting import DEADLINE, KEY, placed, ready, running, snapshot, waiting
from tests.screens_launch.made import AROUND
from tests.store.builders import NOW
from tui.diagnose.causes import cause
from tui.launch.apply import Applied
from tui.launch.progress import LaunchReadings, progress
from tui.model.cause import Evidence
from tui.model.fit import Fit, GpuShare, Placement, QuotaRoom
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.launch_spec import LaunchSpec, Replicas
from tui.model.manifest import Change
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.model.surroundings import Claim, SecretInfo
from tui.model.tenancy import Project
from tui.present.launch_choices import best_project, filled, free_name, project_choices, with_typed_secret
from tui.present.launch_fit import Consequence, Line, panel, quota_bar, short, standing_words
from tui.present.launch_progress import change_lines, ending_lines, progress_lines
from tui.present.launch_review import Checked, Prepared, button_words, review_lines
from tui.present.launch_values import LaunchForm
from tui.sources.writing import NotAllowed

EMPTY = Snapshot(NOW, 1, ClusterInfo())
SPEC = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct", replicas=Replicas(1, 4, "concurrency", 10))
ROOM = QuotaRoom("test", 64.0, None, 51.5, 2.0)
FITS = Fit(True, 1, 2, (Placement("node007", (GpuShare(GpuId("node007", 1), 0.5),)),), quota=ROOM, strategy="spread")
MISSING = cause("secret_missing", evidence=[Evidence("secret/ngc-api-key", "not in namespace runai-test")])


def said(lines: list[Line]) -> str:
    return "\n".join("  ".join(cell.text for cell in line).rstrip() for line in lines)


def test_where_it_fits_and_how_often() -> None:
    told = said(panel(Consequence(SPEC, FITS, EMPTY)))
    assert "FITS NOW  node007 gpu1" in told
    assert "up to 2 replicas" in told
    assert "of the 4 that the autoscaler may ask for" in told
    assert "51.5 + 2 of 64 GPUs" in told
    assert "needs 16.0 GB + KV cache" in told


def test_what_is_in_the_way_comes_with_its_evidence_and_remedy() -> None:
    blocked = replace(FITS, fits=False, placements=(), blockers=(MISSING,))
    told = said(panel(Consequence(SPEC, blocked, EMPTY)))
    assert "DOES NOT FIT NOW" in told
    assert "secret/ngc-api-key: not in namespace runai-test" in told
    assert "▸" in told
    narrow = short(Consequence(SPEC, blocked, EMPTY))
    assert len(narrow) == 2
    assert MISSING.title in said(narrow)


def test_what_is_not_known_is_no_yes_and_no_zero() -> None:
    vague = replace(FITS, fits=None, replicas_now=None, quota=replace(ROOM, allocated=None))
    told = said(panel(Consequence(SPEC, vague, EMPTY)))
    assert "NOT KNOWN" in told
    assert "how many replicas fit is not known" in told
    assert "– + 2 of 64" in told


@pytest.mark.parametrize(
    ("quota", "bar"),
    [
        (QuotaRoom("a", 4.0, None, 2.0, 1.0), "█████▓▓▓░░"),
        (QuotaRoom("a", 64.0, None, 60.0, 0.1), "█████████▓"),
        (QuotaRoom("a", 1.0, None, 2.0, 1.0), "██████████"),
        (QuotaRoom("a", float("inf"), None, 2.0, 1.0), ""),
        (QuotaRoom("a", None, None, 2.0, 1.0), ""),
    ],
)
def test_the_quota_as_a_bar(quota: QuotaRoom, bar: str) -> None:
    found = quota_bar(quota, 10)
    assert len(found) in (0, 10)
    if quota.quota == 4.0:
        assert (found.count("█"), found.count("▓")) == (5, 2)
    else:
        assert found == bar


def test_one_that_stands_already_is_told() -> None:
    there = snapshot()
    spec = replace(SPEC, name=KEY.name)
    assert standing_words(spec, KEY.namespace, there) == "InferenceWorkload team/llama exists: this would change it"
    assert standing_words(spec, "elsewhere", there) == ""
    assert free_name(replace(spec, namespace="team"), there) == "llama-2"


def project(name: str, quota: float | None, given: float | None) -> Project:
    return Project(name, f"runai-{name}", None, quota, None, given, None, "runai")


def test_the_project_with_the_most_quota_left_comes_first() -> None:
    known = (project("a", 8.0, 7.0), project("b", 64.0, 10.0), project("c", None, 1.0), project("d", float("inf"), 3.0))
    here = replace(EMPTY, projects={one.name: one for one in known})
    assert [name for name, _ in project_choices(here)] == ["d", "b", "a", "c"]
    assert best_project(here) == "d"
    assert best_project(EMPTY) == ""


def test_only_what_leaves_no_choice_is_chosen() -> None:
    form = filled(LaunchForm(), AROUND, ())
    assert (form.claim, form.pvc, form.ngc, form.secret) == ("existing", "nfs-pvc-nim", "secret", "ngc-api-key")
    two = replace(AROUND, claims=(*(AROUND.claims or ()), Claim("other", "Bound", None, (), None)))
    assert filled(LaunchForm(), two, ()).claim == "none"
    assert filled(LaunchForm(claim="none"), AROUND, ("claim",)).claim == "none"
    own = replace(AROUND, secrets=(SecretInfo("mine", "Opaque", ("NGC_API_KEY",)),))
    assert filled(LaunchForm(), own, ()).secret == "mine"
    none = replace(AROUND, secrets=(), claims=())
    assert filled(LaunchForm(), none, ()).ngc == "token"
    unknown = replace(AROUND, secrets=None, claims=None)
    assert filled(LaunchForm(), unknown, ()) == LaunchForm()


def test_the_fit_knows_of_the_secret_that_is_about_to_be_made() -> None:
    none = replace(AROUND, secrets=())
    found = with_typed_secret(none, LaunchForm(ngc="token", secret="new"))
    assert found is not None and found.secrets == (SecretInfo("new", "Opaque", ("NGC_API_KEY",)),)
    assert with_typed_secret(none, LaunchForm(ngc="secret")) is none


def test_the_steps_with_their_times_and_the_deadline() -> None:
    now = NOW + 10
    told = said(progress_lines(progress(KEY, snapshot((placed(),)), LaunchReadings(), DEADLINE, now), now))
    assert "✓ applied" in told and "▸ pulling the image" in told and "· ready" in told
    assert "usually 4 min (nimdeck's default)" in told
    assert re.search(r"\d:\d\d min left of 10 min, then Knative gives up", told)
    assert "progress-deadline to 1800s" in told  # the advice, before it strikes
    late = NOW + 700
    assert "0 s left" in said(
        progress_lines(progress(KEY, snapshot((running(),)), LaunchReadings(), DEADLINE, late), late)
    )


def test_what_has_become_of_it() -> None:
    done = progress(KEY, snapshot((ready(),)), LaunchReadings(), DEADLINE, NOW)
    assert said(ending_lines(done, "http://llama.example")).splitlines() == [
        "READY  1 of 1 pods",
        "ENDPOINT  http://llama.example",
    ]
    assert "DEADLINE" not in said(progress_lines(done, NOW))
    going = progress(KEY, snapshot((waiting(),)), LaunchReadings(), DEADLINE, NOW)
    assert ending_lines(going, None) == [] or "BLOCKED" in said(ending_lines(going, None))


def test_what_was_made_what_was_refused_and_what_was_not_tried() -> None:
    first, second, third = (
        Change("create", "things", ObjectKey("a", name), f"create Thing a/{name}", body={}) for name in ("x", "y", "z")
    )
    error = NotAllowed("create Thing a/y: ops may not create things", "create things")
    lines = change_lines((Applied(first, {}), Applied(second, error=error)), (third,))
    assert said(lines).splitlines() == [
        "✓  created Thing a/x",
        "✗  create Thing a/y: ops may not create things",
        "·  create Thing a/z: not tried",
    ]
    assert said(change_lines((Applied(first, {}),), (second,))).splitlines()[1] == "▸  create Thing a/y"


def test_the_button_says_what_it_does() -> None:
    change = Change("create", "things", ObjectKey("a", "x"), "create Thing a/x", body={})
    good = Prepared((), (change,), (), "", "", Checked.SERVER)
    assert good.can_be_done and button_words(good, "x") == "launch x"
    assert not replace(good, checked=Checked.CLIENT).can_be_done
    assert not replace(good, trouble="no").can_be_done
    assert button_words(replace(good, changes=()), "x") == "nothing to do"
    foreign = replace(good, changes=(replace(change, verb="patch", owned=False),))
    assert "did not make" in button_words(foreign, "x")
    told = said(review_lines(replace(good, trouble="403"), Consequence(SPEC, FITS, EMPTY)))
    assert "DRY RUN  403" in told


def test_a_workload_of_another_kind_has_its_own_name() -> None:
    other = WorkloadKey("team", "llama", "Deployment")
    there = replace(snapshot(), workloads={other: next(iter(snapshot().workloads.values()))})
    assert standing_words(replace(SPEC, name="llama"), "team", there).startswith("Deployment team/llama")
