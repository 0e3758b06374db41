"""``secret ngc|registry``: an NGC API key becomes a Secret in the cluster; it is never an argument and never shown."""

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from config.secret import Secret
from tui.cli.exits import BAD_INPUT, DONE, ExitError
from tui.cli.launching_ask import confirm, must_be_asked, preview
from tui.cli.launching_do import author_of, dry_run, existing_of, exit_error, make, refuse_read_only, writer_of
from tui.cli.launching_find import namespace_for
from tui.cli.launching_shown import Told, print_document
from tui.launch.plan import plan
from tui.launch.secrets import ngc_secret, registry_secret
from tui.model.launch_spec import NGC_KEY
from tui.model.manifest import Manifest
from tui.present.documents.launching import ChangedItem, change_items

if TYPE_CHECKING:
    from tui.launch.apply import Applied
    from tui.model.manifest import Change
    from tui.session import Session

VARIABLE = "NGC_API_KEY"
NAMES = {"ngc": "ngc-api-key", "registry": "ngc-registry"}
_LONGEST = 4096


def run(arguments: argparse.Namespace) -> int:
    """Make or replace the Secret; the exit code."""
    if arguments.what == "registry" and arguments.key:
        raise ExitError(BAD_INPUT, "--key is for secret ngc: a pull Secret has a key of its own")
    _check_name(arguments.name)
    from tui.cli.watching import first_snapshot, settings_of, watched

    settings = settings_of(arguments)
    refuse_read_only(settings)
    must_be_asked(arguments)
    token = _token(arguments)
    with watched(settings) as session:
        namespace = namespace_for(first_snapshot(session, settings), settings)
        writer = writer_of(session, settings)
        manifest = _manifest(arguments, namespace, token, author_of(writer))
        existing = existing_of(session)
        changes = plan([manifest], existing, replace_secrets=arguments.overwrite)
        if not changes:
            line = f"Secret {manifest.key} is there already and stays as it is; --overwrite replaces what is in it"
            raise ExitError(BAD_INPUT, line)
        if must_be_asked(arguments):
            preview(changes)
        applied: tuple[Applied, ...] = ()
        if arguments.dry_run != "client":
            applied = dry_run(changes, writer)
        if arguments.dry_run is None:
            confirm(f"{changes[0].title}?", arguments.yes)
            told = Told(sys.stdout if arguments.output == "text" else sys.stderr)
            applied = make(changes, writer, told.applied)
        _print(arguments, manifest, changes, applied, session)
        if applied and applied[-1].error is not None:
            raise exit_error(applied[-1].error)
    return DONE


def read_token_file(path: Path) -> Secret:
    """The key in a file, ``-`` is standard input. Raises ``ExitError`` (2); no message repeats what was read."""
    try:
        text = sys.stdin.read(_LONGEST + 1) if str(path) == "-" else _read(path)
    except OSError as error:
        raise ExitError(BAD_INPUT, f"--token-file {path}: {(error.strerror or 'can not be read').lower()}") from None
    except UnicodeDecodeError:
        raise ExitError(BAD_INPUT, f"--token-file {path}: is no text") from None
    return _checked(text, f"--token-file {path}")


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(_LONGEST + 1)


def _token(arguments: argparse.Namespace) -> Secret:
    """From the file, else the environment, else typed without echo, else a pipe."""
    if arguments.token_file is not None:
        return read_token_file(arguments.token_file)
    if given := os.environ.get(VARIABLE, ""):
        return _checked(given, VARIABLE)
    if sys.stdin.isatty():
        return _checked(getpass.getpass("NGC API key (not shown): "), "the key")
    return _checked(sys.stdin.read(_LONGEST + 1), "standard input")


def _checked(text: str, what: str) -> Secret:
    token = text.strip()
    if not token:
        raise ExitError(BAD_INPUT, f"{what} holds no key: get one from NGC, and give it again")
    if len(token) > _LONGEST or any(letter.isspace() or not letter.isprintable() for letter in token):
        raise ExitError(BAD_INPUT, f"{what} is no key: one line without spaces is meant")
    return Secret(token)


def _check_name(name: str | None) -> None:
    from tui.launch.rules import subdomain

    if name is not None and (fault := subdomain(name)):
        raise ExitError(BAD_INPUT, f"--name {name!r}: {fault}")


def _manifest(arguments: argparse.Namespace, namespace: str, token: Secret, author: str) -> Manifest:
    name = arguments.name or NAMES[arguments.what]
    if arguments.what == "registry":
        return registry_secret(namespace, name, token, author)
    return ngc_secret(namespace, name, arguments.key or NGC_KEY, token, author)


def _print(
    arguments: argparse.Namespace,
    manifest: Manifest,
    changes: "tuple[Change, ...]",
    applied: "tuple[Applied, ...]",
    session: "Session",
) -> None:
    if arguments.output == "json":
        key = manifest.key
        item = ChangedItem(
            key.name, key.namespace, "secret", arguments.dry_run, change_items(changes, applied), None, None
        )
        print_document("change", (item,), session.store.snapshot.sources, session.clock.now())
