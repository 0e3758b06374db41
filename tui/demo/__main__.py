"""``python -m tui.demo``: the process that ``nimdeck lab`` and ``nimdeck demo`` start.

Prints one JSON line when it serves, then serves until SIGTERM, SIGINT or, if asked to, the end of its standard input.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from tui.demo.world.hardware import MAX_GPUS, MAX_NODES
from tui.demo.world.scenarios import SCENARIOS

_MOST_PODS = 200_000


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line: the flag, the value and the mend."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _number(text: str, least: float, most: float, whole: bool) -> float:
    kind = "whole number" if whole else "number"
    try:
        value: float = int(text) if whole else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no {kind}; give one from {least:g} to {most:g}") from None
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text} is out of range; give a {kind} from {least:g} to {most:g}")
    return value


def _whole(least: int, most: int) -> Callable[[str], int]:
    return lambda text: int(_number(text, least, most, whole=True))


def _scenario(text: str) -> str:
    if text not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"there is no scenario {text!r}; choose one of {', '.join(SCENARIOS)}")
    return text


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}; create it or name another")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nimdeck lab", description="A simulated Run:ai GPU cluster on real protocols, on loopback.")
    parser.add_argument("--nodes", type=_whole(1, MAX_NODES), default=16, metavar="N", help="nodes")
    parser.add_argument("--gpus", type=_whole(1, MAX_GPUS), default=4, metavar="N", help="GPUs of each node")
    parser.add_argument("--pods", type=_whole(1, _MOST_PODS), default=None, metavar="N", help="at most so many pods")
    parser.add_argument("--seed", type=_whole(0, 2**63 - 1), default=1, metavar="N", help="same seed, same cluster")
    parser.add_argument("--scenario", type=_scenario, default="calm", metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument(
        "--speed",
        type=lambda text: _number(text, 0.1, 1000, whole=False),
        default=10.0,
        metavar="X",
        help="seconds of a real cluster's work that pass in one second",
    )
    parser.add_argument("--directory", type=_folder, default=None, metavar="DIR", help="where its own folder is made")
    parser.add_argument("--worker", default=None, metavar="MODULE", help="what pods that make load run as a process")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input ends")
    return parser


async def _serve(arguments: argparse.Namespace) -> None:
    from tui.demo.lab import LabInfo, LabOptions, run_lab

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if arguments.until_stdin_closes:
        _watch_stdin(loop, stop)
    options = LabOptions(
        nodes=arguments.nodes,
        gpus=arguments.gpus,
        pods=arguments.pods,
        seed=arguments.seed,
        scenario=arguments.scenario,
        speed=arguments.speed,
        directory=arguments.directory,
        worker=arguments.worker,
    )

    def ready(info: LabInfo) -> None:
        sys.stdout.write(info.to_json() + "\n")
        sys.stdout.flush()

    await run_lab(options, ready, stop)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """A thread, because standard input may be a pipe, a terminal or a file, and not all of them can be polled."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended before its input did
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="standard-input", daemon=True).start()


def main(argv: list[str] | None = None) -> None:
    """Serves until told to stop. Exits with 2 on a flag that makes no sense."""
    arguments = _parser().parse_args(argv)
    try:
        asyncio.run(_serve(arguments))
    except BrokenPipeError:  # nobody reads the line: nobody wants the cluster
        sys.stderr.close()


if __name__ == "__main__":
    main()
