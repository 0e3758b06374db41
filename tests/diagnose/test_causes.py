"""The catalogue of causes, and a cause made of it."""

import pytest

from config.causes import causes
from tui.diagnose.causes import cause
from tui.model.cause import Evidence, Remedy


def test_every_entry_is_plain_words() -> None:
    for code, entry in causes().items():
        assert code == code.lower() and code.replace("_", "").isalpha(), code
        assert entry.title[0].islower() or entry.title.startswith(("Kubernetes", "NGC", "Run:ai")), code
        assert not entry.title.endswith("."), code
        assert entry.remedy.endswith("."), code


def test_the_command_is_filled_in_and_stays_one_word_for_a_shell() -> None:
    made = cause("mount_failed", namespace="runai-test", pod="a; rm -rf /")
    assert made.remedies[-1].command == "kubectl -n runai-test describe pod 'a; rm -rf /'"
    assert cause("finalizer_holds", namespace="a", pod="b").remedies[0].command == (
        "kubectl -n a get pod b -o jsonpath={.metadata.finalizers}"
    )


def test_without_what_it_needs_there_is_no_command() -> None:
    assert cause("mount_failed", namespace="runai-test").remedies[0].command is None
    assert cause("mount_failed", namespace="runai-test", pod=None).remedies[0].command is None


def test_what_fits_this_case_comes_before_the_catalogue() -> None:
    fact, move = Evidence("node/node001", "0.4 free"), Remedy("Move llama.")
    made = cause("no_free_gpu", evidence=[fact], remedies=[move], confidence="likely")
    assert made.evidence == (fact,)
    assert made.remedies[0] == move and len(made.remedies) == 2
    assert (made.guide, made.fault, made.confidence) == (causes()["no_free_gpu"].guide, True, "likely")


def test_a_code_that_the_catalogue_lacks_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        cause("tuesday")
