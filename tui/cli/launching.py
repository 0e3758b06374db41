"""The grammar of what changes a cluster: launch, scale, suspend, resume, delete, expose, probe, secret."""

import argparse
from pathlib import Path
from typing import Any

DRY_RUNS = ("client", "server")
_CHANGES = "What would be changed is shown first and must be confirmed; --yes confirms it"


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add them to the grammar."""
    _add_launch(commands)
    _add_scale(commands)
    for name, words in (
        ("suspend", "No replicas for now; what it had is remembered"),
        ("resume", "Give a suspended workload its replicas back"),
    ):
        command = _workload_command(commands, name, words)
        command.set_defaults(run=_run_change)
    delete = _workload_command(commands, "delete", "Delete a workload and what nimdeck made for it")
    delete.set_defaults(run=_run_change)
    _add_expose(commands)
    _add_probe(commands)
    _add_secret(commands)


def _add_launch(commands: "argparse._SubParsersAction[Any]") -> None:
    words = "Launch a NIM from a spec: review, dry run, apply, and wait until it serves"
    command = commands.add_parser("launch", help=words, description=f"{words}. {_CHANGES}.")
    command.add_argument("spec", type=Path, metavar="SPEC", help="A launch spec: YAML or TOML")
    command.add_argument(
        "--dry-run", choices=DRY_RUNS, help="client: only make the manifests, without a cluster; server: let it check"
    )
    command.add_argument("-o", "--output", choices=("text", "yaml", "json"), default="text", help="yaml: the manifests")
    command.add_argument("--wait", choices=("scheduled", "ready"), help="Follow it until it has come that far")
    command.add_argument("--wait-seconds", type=float, default=3600.0, metavar="S", help="For so long at most (3600)")
    command.add_argument("--overwrite", action="store_true", help="Change objects of that name that others made")
    command.add_argument("--rollback", action="store_true", help="Delete what was created if a later step fails")
    _add_yes(command)
    command.set_defaults(run=_run_launch)


def _add_scale(commands: "argparse._SubParsersAction[Any]") -> None:
    command = _workload_command(commands, "scale", "Change how many replicas a workload has")
    command.add_argument("--min", dest="minimum", type=int, metavar="N", help="At least so many; 0 scales to zero")
    command.add_argument("--max", dest="maximum", type=int, metavar="N", help="At most so many")
    command.set_defaults(run=_run_change)


def _add_expose(commands: "argparse._SubParsersAction[Any]") -> None:
    command = _workload_command(commands, "expose", "Give a workload an address outside the cluster")
    command.add_argument("--port", type=int, metavar="PORT", help="The container's port, where it is not its own")
    command.add_argument("--overwrite", action="store_true", help="Change a Service of that name that others made")
    command.set_defaults(run=_run_change)


def _add_probe(commands: "argparse._SubParsersAction[Any]") -> None:
    words = "Is it running: health, models, metadata and one short streamed chat"
    command = commands.add_parser("probe", help=words, description=words)
    command.add_argument("what", metavar="URL|NAME", help="An address, or a workload's name")
    command.add_argument("--host", metavar="NAME", help="Host header, to reach a Knative service at its gateway")
    command.add_argument("--model", metavar="NAME", help="The model to ask; its first one otherwise")
    command.add_argument("--ca-file", type=Path, metavar="FILE", help="CA certificates, in PEM")
    command.add_argument("--token-file", type=Path, metavar="FILE", help="A file with the endpoint's API key")
    command.add_argument("--kind", metavar="KIND", help="Of the workload, where several have the name")
    _add_output(command)
    command.set_defaults(run=_run_probe)


def _add_secret(commands: "argparse._SubParsersAction[Any]") -> None:
    words = "Make a Secret of an NGC API key; the key is asked for, or read from a file or the environment"
    command = commands.add_parser("secret", help=words, description=f"{words}, never from an argument. {_CHANGES}.")
    command.add_argument("what", choices=("ngc", "registry"), help="ngc: for the NIM; registry: to pull from nvcr.io")
    command.add_argument("--name", help="Of the Secret (ngc-api-key, or ngc-registry)")
    command.add_argument("--key", metavar="KEY", help="Under which the NGC key lies in it (NGC_API_KEY)")
    command.add_argument("--token-file", type=Path, metavar="FILE", help="A file with the key; - is standard input")
    command.add_argument("--overwrite", action="store_true", help="Replace a Secret of that name")
    command.add_argument("--dry-run", choices=DRY_RUNS, help="Change nothing; server: let it check")
    _add_yes(command)
    _add_output(command)
    command.set_defaults(run=_run_secret)


def _workload_command(commands: "argparse._SubParsersAction[Any]", name: str, words: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=words, description=f"{words}. {_CHANGES}.")
    command.add_argument("name", metavar="NAME", help="Of the workload: NAME or NAMESPACE/NAME")
    command.add_argument("--kind", metavar="KIND", help="Of the workload, where several have the name")
    command.add_argument("--dry-run", choices=DRY_RUNS, help="Change nothing; server: let it check")
    _add_yes(command)
    _add_output(command)
    return command


def _add_yes(command: argparse.ArgumentParser) -> None:
    command.add_argument("-y", "--yes", action="store_true", help="Do it without asking")


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", choices=("text", "json"), default="text", help="json: a contract")


def _run_launch(arguments: argparse.Namespace) -> int:
    from tui.cli.launching_run import run

    return run(arguments)


def _run_change(arguments: argparse.Namespace) -> int:
    from tui.cli.launching_change import run

    return run(arguments)


def _run_probe(arguments: argparse.Namespace) -> int:
    from tui.cli.launching_probe import run

    return run(arguments)


def _run_secret(arguments: argparse.Namespace) -> int:
    from tui.cli.launching_secret import run

    return run(arguments)
