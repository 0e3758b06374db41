"""``config show|path|check``: what is set, where it came from, whether it is right."""

import argparse
import os
from pathlib import Path
from typing import Any

from tui.cli.exits import DONE, complain
from tui.cli.flags import given_flags

FORMATS = ("table", "json", "csv")


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command and its three parts to the grammar."""
    config = commands.add_parser("config", help="Settings: show, path, check", description="The settings of nimdeck.")
    parts = config.add_subparsers(dest="part", metavar="COMMAND", required=True)
    show = parts.add_parser("show", help="Every setting, its value and where it came from")
    show.add_argument("-o", "--output", choices=FORMATS, default="table", help="table (for eyes), json or csv")
    show.add_argument("--default", action="store_true", help="Print the commented file that ships, to start your own")
    show.set_defaults(run=run_show)
    parts.add_parser("path", help="Where the settings file is looked for").set_defaults(run=run_path)
    parts.add_parser("check", help="Read the file with each of its profiles; 0 if right, 2 if not").set_defaults(
        run=run_check
    )


def run_show(arguments: argparse.Namespace) -> int:
    """Print every setting; secrets as ``***``."""
    from config.load import load, option_value, shipped_file
    from config.options import OPTIONS
    from tui.cli import rows

    if arguments.default:
        print(shipped_file(), end="")
        return DONE
    loaded = load(given_flags(arguments), config=_given(arguments, "config"), profile=_given(arguments, "profile"))
    entries: list[tuple[str, object, str]] = [("profile", loaded.settings.profile, loaded.origins["profile"])]
    entries += [
        (option.key, _plain(option_value(loaded.settings, option)), loaded.origins[option.key]) for option in OPTIONS
    ]
    entries += [(f"keys.{action}", keys, str(loaded.path)) for action, keys in loaded.settings.keys.items()]
    rows.write(("key", "value", "origin"), entries, arguments.output, "config")
    return DONE


def run_path(arguments: argparse.Namespace) -> int:
    """Print the file's path, whether or not it is there."""
    from config.load import file_path

    print(file_path(_given(arguments, "config")))
    return DONE


def run_check(arguments: argparse.Namespace) -> int:
    """Read everything, each profile too. The first fault is a ``SettingsError``, hence exit 2."""
    from config.load import load, unknown_variables

    config, flags = _given(arguments, "config"), given_flags(arguments)
    loaded = load(flags, config=config, profile=_given(arguments, "profile"))
    for name in loaded.profiles:
        load(flags, config=config, profile=name)
    for variable in unknown_variables(os.environ):
        complain(f"{variable} is no setting of ours and is not read")
    where = f"{loaded.path}" if loaded.path else "no settings file, so the defaults hold"
    profiles = f"; profiles {', '.join(loaded.profiles)}" if loaded.profiles else ""
    print(f"ok: {where}{profiles}")
    return DONE


def _given(arguments: argparse.Namespace, name: str) -> str | None:
    value: str | None = vars(arguments).get(name)
    return value


def _plain(value: object) -> object:
    """A setting as it may be shown: ``str`` of a ``Secret`` is ``***``."""
    from config.secret import Secret

    return str(value) if isinstance(value, Path | Secret) else value
