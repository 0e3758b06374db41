"""``size``: GPUs and servers for so many users, from what was measured or from the guide's table 8. Asks no cluster."""

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, NO, ExitError, complain

if TYPE_CHECKING:
    from tui.plans.sizing_values import Reference, Sizing

FORMATS = ("table", "json", "csv")
GUIDE = "guide"
_MOST_USERS = 1_000_000
_HELP = "GPUs and servers for given users, from measured results or from the guide"


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``size`` to the grammar."""
    command = commands.add_parser("size", help=_HELP, description=_HELP)
    add = command.add_argument
    add("--users", type=users, action="append", required=True, metavar="MODEL=N", help="Peak users of a model; repeat")
    add("--ttft-ms", type=_number(above=0.0), default=1000.0, metavar="MS", help="TTFT target (1000)")
    add("--reference", action="append", metavar="guide|DIR", help="guide (default), or folders of plans and runs")
    add("--headroom-fraction", type=_number(least=0.0, most=10.0), default=0.0, metavar="F",
        help="For so many more users, as a fraction (0)")  # fmt: skip
    add("--gpus-per-server", type=_count(1024), default=4, metavar="N", help="4 unless given")
    add("--isl", type=_count(10_000_000), default=2000, metavar="N", help="Tokens in (2000)")
    add("--osl", type=_count(10_000_000), default=200, metavar="N", help="Tokens out (200)")
    add("-o", "--output", choices=FORMATS, default="table", help="for eyes, or json or csv (contracts)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer: 0 there is one, 1 the reference can't answer, 2 bad input."""
    from tui.plans.sizing import SizeError, size
    from tui.plans.sizing_values import SizeQuestion

    question = SizeQuestion(
        tuple(arguments.users),
        arguments.ttft_ms,
        arguments.headroom_fraction,
        arguments.gpus_per_server,
        arguments.isl,
        arguments.osl,
    )
    try:
        sizing = size(question, _reference(arguments.reference or [GUIDE]))
    except SizeError as error:
        raise ExitError(BAD_INPUT, f"--users: {error}") from None
    _print(sizing, arguments.output)
    if sizing.gpus is None:
        complain(f"it can't be sized from {sizing.reference.name}: {sizing.notes[0]}")
        return NO
    return DONE


def users(text: str) -> tuple[str, int]:
    """``MODEL=N``."""
    model, sign, count = text.rpartition("=")
    if not sign or not model.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not MODEL=N, such as llama-3.1-8b-instruct=500")
    return model.strip(), _count(_MOST_USERS)(count)


def _count(most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {most}")
        return int(text)

    return parse


def _number(above: float = -math.inf, least: float = -math.inf, most: float = 1e9) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (value > above and least <= value <= most):
            bound = f"above {above:g}" if math.isfinite(above) else f"from {least:g} to {most:g}"
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {bound}")
        return value

    return parse


def _reference(names: list[str]) -> "Reference":
    from tui.plans.sizing_guide import guide_reference
    from tui.plans.sizing_reference import read_reference

    if GUIDE in names:
        if len(names) > 1:
            raise ExitError(BAD_INPUT, "--reference: guide or folders, not both: their figures are not of one cluster")
        return guide_reference()
    try:
        return read_reference([Path(name) for name in names])
    except ValueError as error:
        raise ExitError(BAD_INPUT, f"--reference: {error}") from None


def _print(sizing: "Sizing", output: str) -> None:
    from tui.cli.output import write

    if output == "table":
        from tui.cli.size_shown import shown
        from tui.cli.table import width_of

        write(shown(sizing, width_of(sys.stdout)))
        return
    from tui.present.documents import document_of, formats
    from tui.present.documents.size import size_item

    document = document_of("size", (size_item(sizing),), {}, time.time())
    write(formats.json_text(document) if output == "json" else formats.csv_text(document))
