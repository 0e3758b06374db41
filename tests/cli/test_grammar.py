"""The command line as typed: flags on both sides, wrong input in one line with 2."""

import pytest

from tui.cli.flags import FLAGS
from tui.cli.parser import parse
from tui.cli.version import __version__


def test_global_flags_stand_before_or_after_the_command() -> None:
    before = parse(["--prometheus", "http://a", "--read-only", "nodes", "-o", "json"])
    after = parse(["nodes", "-o", "json", "--read-only", "--prometheus", "http://a"])
    mixed = parse(["--read-only", "nodes", "--prometheus=http://a", "-o", "json"])
    assert vars(before) == vars(after) == vars(mixed)


def test_of_a_flag_given_twice_the_later_one_holds() -> None:
    assert vars(parse(["--project", "a", "nodes", "--project", "b"]))["project"] == "b"


@pytest.mark.parametrize("command", [[], ["nodes"], ["demo"], ["lab"], ["record", "f"], ["config", "show"]])
def test_every_command_takes_every_global_flag(command: list[str]) -> None:
    for option in FLAGS:
        value = [] if option.flag == "--read-only" else ["x"]
        assert option.key in vars(parse([*command, option.flag, *value]))
        assert option.key in vars(parse([option.flag, *value, *command]))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nodse", "unknown command 'nodse'; did you mean nodes?"),
        (
            "pods",
            "unknown command 'pods'; did you mean nodes?",
        ),
        ("nodes --promethus http://x", "unknown flag --promethus; did you mean --prometheus?"),
        ("--frobnicate", "unknown flag --frobnicate; one of"),
        ("nodes extra", "'extra' is one argument too many; see nimdeck nodes --help"),
        ("nodes -o yaml", "invalid choice: 'yaml'"),
        ("nodes --watch -o csv", "--watch writes JSON, not csv"),
        ("nodes --prometheus", "expected one argument"),
        ("nodes --prometheus prom:9090", "--prometheus: 'prom:9090' is not an http or https address"),
        ("nodes --timeout soon", "--timeout: 'soon' is not a number of seconds"),
        ("nodes --kubeconfig /no/such", "--kubeconfig: /no/such does not exist"),
        ("nodes --config /no/such", "--config: /no/such does not exist"),
        ("nodes --profile nowhere", "--profile: no profile 'nowhere'"),
        ("demo --nodes many", "'many' is not a whole number"),
        ("demo --gpus 99", "99 is not between 1 and 16"),
        ("lab --kubeconfig f", "lab has its own cluster; leave out --kubeconfig"),
        ("lab --namespace a", "lab has its own cluster; leave out --namespace"),
        ("--prometheus http://a demo", "demo has its own cluster; leave out --prometheus"),
        ("lab --scenario storm", "invalid choice: 'storm'"),
        ("record", "required: FILE"),
        ("bundle", "required: FILE"),
        ("bundle /no/such/folder/f", "/no/such/folder is no folder"),
        ("pending --watch -o csv", "--watch writes JSON, not csv"),
        ("record f --duration 0", "0 is not above 0"),
        ("record /no/such/folder/f", "/no/such/folder is no folder"),
        ("replay /no/such", "/no/such does not exist"),
        ("config", "required: COMMAND"),
        ("config nothing", "unknown command 'nothing'; one of show, path, check"),
        ("", "the app needs a terminal"),
        ("demo", "the app needs a terminal"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(nimdeck, line: str, said: str) -> None:
    answer = nimdeck(*line.split())
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("nimdeck: ")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_version_and_help(nimdeck) -> None:
    assert nimdeck("--version").out == f"nimdeck {__version__}\n"
    answer = nimdeck("--help")
    assert answer.code == 0
    for word in ("demo", "lab", "workloads", "replay", "--kube-context", "130 interrupted"):
        assert word in answer.out
