"""What a launch leans on beside the nodes: missing things block, unread things are only said."""

import pytest

from tests.diagnose.clusters import snapshot, spec, surroundings
from tests.store.builders import node
from tui.diagnose.fit import fit
from tui.model.fit import Fit
from tui.model.launch_spec import (
    EnvVar,
    LaunchSpec,
    NewClaim,
    NfsVolume,
    Ngc,
    Replicas,
    SecretRef,
    Storage,
)
from tui.model.surroundings import Claim, SecretInfo, StorageClass, Surroundings

CLUSTER = snapshot([node("n1", 4)])
FULL = spec(
    0.5, storage=Storage("nfs-pvc-nim"), ngc=Ngc("ngc-api-key", registry_secret="nvcr"), priority="inference"
)  # fmt: skip


def tried(launch: LaunchSpec = FULL, **changed: object) -> Fit:
    return fit(launch, CLUSTER, surroundings(**changed))


def codes(answer: Fit) -> list[str]:
    return [blocker.code for blocker in answer.blockers]


def notes(answer: Fit) -> list[str]:
    return [note.code for note in answer.notes]


def claim(phase: str = "Bound", storage_class: str | None = "nfs", *modes: str) -> tuple[Claim, ...]:
    return (Claim("nfs-pvc-nim", phase, storage_class, modes or ("ReadWriteMany",), None, message="no server"),)


def test_with_everything_there_it_fits_without_a_word() -> None:
    answer = tried()
    assert (answer.fits, codes(answer), notes(answer)) == (True, [], [])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"claims": ()}, "pvc_missing"),
        ({"claims": claim("Pending")}, "pvc_unbound"),
        ({"claims": claim("Lost")}, "pvc_unbound"),
        ({"claims": claim("Bound", "nfs", "ReadOnlyMany")}, "pvc_access_mode"),
        ({"secrets": (SecretInfo("nvcr"),)}, "secret_missing"),
        ({"secrets": (SecretInfo("ngc-api-key"),)}, "secret_missing"),
        ({"secrets": (SecretInfo("nvcr"), SecretInfo("ngc-api-key", "Opaque", ("OTHER",)))}, "secret_missing"),
        ({"namespace_exists": False}, "namespace_missing"),
        ({"priority_classes": ()}, "priority_class_missing"),
        ({"has_inference_workloads": False}, "inference_workloads_missing"),
    ],
)
def test_what_is_missing_blocks_and_the_room_is_still_told(changed, code) -> None:
    answer = tried(**changed)
    assert (answer.fits, codes(answer)) == (False, [code])
    assert (answer.replicas_now, len(answer.placements)) == (8, 1)


def test_a_claim_that_waits_for_its_first_pod_is_fine() -> None:
    assert tried(claims=claim("Pending", "local")).fits
    unsure = tried(claims=claim("Pending", "local"), storage_classes=None)
    assert (unsure.fits, notes(unsure)) == (True, ["pvc_unbound"])


def test_keys_that_may_not_be_read_are_not_missing() -> None:
    assert tried(secrets=(SecretInfo("nvcr"), SecretInfo("ngc-api-key", None, None))).fits


def test_secrets_of_the_environment_are_looked_up_too() -> None:
    launch = spec(0.5, environment=(EnvVar("HF_TOKEN", SecretRef("hf", "token")), EnvVar("A", "b")))
    answer = tried(launch)
    assert answer.blockers[0].evidence[0].object == "secret/hf"
    assert answer.blockers[0].remedies[-1].command == "kubectl -n runai-test get secrets"


def test_a_new_claim_needs_a_class_unless_its_volume_comes_with_it() -> None:
    def new(**fields: object) -> LaunchSpec:
        return spec(0.5, storage=Storage("cache", new=NewClaim(100 << 30, **fields)))

    assert tried(new()).fits
    assert tried(new(storage_class="nfs")).fits
    assert codes(tried(new(storage_class="gone"))) == ["storage_class_missing"]
    bare = (StorageClass("nfs", "nfs.csi", False, False),)
    assert codes(tried(new(), storage_classes=bare)) == ["storage_class_missing"]
    assert tried(new(volume=NfsVolume("v", "server", "/path")), storage_classes=bare).fits


def test_warnings_that_do_not_block() -> None:
    several = spec(0.5, storage=Storage("nfs-pvc-nim"))
    grown = LaunchSpec(**{**{f: getattr(several, f) for f in several.__slots__}, "replicas": Replicas(1, 4)})
    assert notes(tried(grown, claims=claim("Bound", "nfs", "ReadWriteOnce"))) == ["pvc_access_mode"]
    assert notes(tried(several, claims=claim("Bound", "nfs", "ReadWriteOnce"))) == []
    assert notes(tried(progress_deadline_seconds=600.0)) == ["progress_deadline_short"]
    wrong_type = (SecretInfo("nvcr", "Opaque"), SecretInfo("ngc-api-key"))
    assert notes(tried(secrets=wrong_type)) == ["image_unauthorized"]


def test_what_was_not_read_is_said_and_never_blocks() -> None:
    answer = fit(FULL, CLUSTER, None)
    assert (answer.fits, notes(answer)) == (True, ["not_checked"])
    unread = Surroundings("runai-test", unknown={"secrets": "needs list secrets", "claims": "needs list claims"})
    answer = fit(FULL, CLUSTER, unread)
    said = {fact.object: fact.text for note in answer.notes for fact in note.evidence}
    assert (answer.fits, said["secrets"], said["claims"]) == (True, "needs list secrets", "needs list claims")
    assert "priority classes" in said and "storage classes" not in said
