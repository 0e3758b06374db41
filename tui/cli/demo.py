"""``demo`` (the app on an embedded cluster) and ``lab`` (that cluster alone). Only here is ``tui.demo`` named."""

import argparse
from collections.abc import Callable
from typing import Any

from tui.cli.exits import BAD_INPUT, DONE, ExitError
from tui.cli.flags import FLAGS

SCENARIOS = ("calm", "busy", "fragmented", "pending", "outage", "scale-test")
_ELSEWHERE = ("kubernetes.kubeconfig", "kubernetes.context", "prometheus.url", "runai.url")  # flags for other clusters
_WORKER = "tui.cli.worker"  # pods that make load are processes there; that room may not know which
_MOST_NODES, _MOST_GPUS = 5000, 16  # as in the embedded cluster; a test holds them together


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add both commands to the grammar."""
    demo = commands.add_parser("demo", help="The app on an embedded cluster; needs no cluster and no GPU")
    demo.set_defaults(run=run_demo)
    lab = commands.add_parser(
        "lab", help="The embedded cluster alone: prints one JSON line with its addresses, runs until SIGTERM"
    )
    lab.set_defaults(run=run_lab)
    for command in (demo, lab):
        command.add_argument("--nodes", type=_whole(1, _MOST_NODES), default=16, metavar="N", help="Nodes (16)")
        command.add_argument("--gpus", type=_whole(1, _MOST_GPUS), default=4, metavar="N", help="GPUs a node (4)")
        command.add_argument(
            "--seed", type=_whole(0, 2**63 - 1), default=1, metavar="N", help="Same seed, same cluster"
        )
        command.add_argument("--scenario", choices=SCENARIOS, default="calm", help="What goes on there (calm)")


def run_demo(arguments: argparse.Namespace) -> int:
    """Start the embedded cluster beside the app; the first picture does not wait for it."""
    from tui.cli.app import need_terminal
    from tui.cli.embedded import EmbeddedCluster
    from tui.cli.watching import settings_of

    _refuse_other_clusters(arguments, _ELSEWHERE)
    settings = settings_of(arguments)
    need_terminal()
    with EmbeddedCluster(_cluster_flags(arguments)) as cluster:
        from tui.app import run_app

        return run_app(lambda: cluster.settings(settings), settings, title=f"demo: {arguments.scenario}")


def run_lab(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    from tui.cli.log import start_log
    from tui.demo.__main__ import main

    _refuse_other_clusters(arguments, (*_ELSEWHERE, "kubernetes.namespaces"))
    start_log(None)
    main(_cluster_flags(arguments))
    return DONE


def _refuse_other_clusters(arguments: argparse.Namespace, keys: tuple[str, ...]) -> None:
    """A flag that would silently do nothing is a mistake."""
    given = vars(arguments)
    for option in FLAGS:
        if option.key in keys and option.key in given:
            line = f"{arguments.command} has its own cluster; leave out {option.flag}"
            raise ExitError(BAD_INPUT, line)


def _cluster_flags(arguments: argparse.Namespace) -> list[str]:
    names = ("nodes", "gpus", "seed", "scenario")
    return ["--worker", _WORKER, *(text for name in names for text in (f"--{name}", str(getattr(arguments, name))))]


def _whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds, for ``argparse``."""

    def convert(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not between {least} and {most}")
        return number

    return convert
