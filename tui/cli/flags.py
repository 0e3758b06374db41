"""The flags that stand everywhere, before or after the command, and the settings that come of them."""

import argparse
from collections.abc import Mapping

from config.options import OPTIONS, Kind

FLAGS = tuple(option for option in OPTIONS if option.flag)

_METAVARS = {Kind.SECONDS: "SECONDS", Kind.URL: "URL", Kind.FILE: "FILE", Kind.PATH: "FILE"}


def add_global_flags(parser: argparse.ArgumentParser) -> None:
    """Add them to a command's parser, or to the program's own."""
    # SUPPRESS: the same flag stands on both sides of the command, and the absent one must not undo the given one.
    group = parser.add_argument_group("everywhere")
    group.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help="Settings file")
    group.add_argument("--profile", metavar="NAME", default=argparse.SUPPRESS, help="Profile of the settings file")
    for option in FLAGS:
        shown = option.help.replace("%", "%%")
        if option.kind is Kind.SWITCH:
            group.add_argument(option.flag, dest=option.key, action="store_true", default=argparse.SUPPRESS, help=shown)
        else:
            metavar = _METAVARS.get(option.kind, "NAME")
            group.add_argument(option.flag, dest=option.key, metavar=metavar, default=argparse.SUPPRESS, help=shown)


def given_flags(arguments: argparse.Namespace) -> Mapping[str, str | bool]:
    """The settings that flags gave: dotted key -> what was written."""
    given = vars(arguments)
    return {option.key: given[option.key] for option in FLAGS if option.key in given}
