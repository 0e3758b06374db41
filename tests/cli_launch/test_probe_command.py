"""``probe``: exit codes, and ways around an address that can't be reached."""

import json


def test_a_running_nim_is_healthy(deck, lab):
    answer = deck("probe", lab["nims"]["llama-31-8b"])
    assert answer.code == 0
    assert "time to first token" in answer.out


def test_no_cluster_is_needed_for_an_address(plain, lab):
    assert plain("probe", lab["nims"]["llama-31-8b"] + "/v1").code == 0


def test_nothing_that_answers_is_three(plain):
    answer = plain("probe", "http://127.0.0.1:1", "-o", "json")
    assert answer.code == 3
    (item,) = json.loads(answer.out)["items"]
    assert (item["reached"], item["healthy"], item["ttft_seconds"]) == (False, False, None)


def test_another_model_is_a_no(plain, lab):
    answer = plain("probe", lab["nims"]["llama-31-8b"], "--model", "nope")
    assert answer.code == 1
    assert "404" in answer.out


def test_what_is_no_address_is_refused(plain):
    answer = plain("probe", "ftp://x")
    assert answer.code == 2
    assert answer.err.count("\n") == 1


def test_a_workload_without_an_address_is_asked_through_the_api_server(deck):
    answer = deck("probe", "asr-two-cards", "-o", "json")
    (item,) = json.loads(answer.out)["items"]
    assert item["reached"]
    assert "not for measuring" in item["note"]
