"""``bundle FILE``: what support needs to know of this cluster, in one archive without credentials."""

import argparse
import os
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, NO_ANSWER, ExitError, complain

if TYPE_CHECKING:
    from config.settings import Settings
    from tui.launch.scrub import Scrubber
    from tui.model.snapshot import Snapshot
    from tui.present.bundle import LeftOut, Part
    from tui.session import Session

_KINDS = ("nodes", "workloads", "projects", "pending", "events")


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command to the grammar."""
    help_line = "A support bundle: what waits and why, nodes, events, settings; without credentials"
    bundle = commands.add_parser("bundle", help=help_line, description=help_line)
    bundle.add_argument("file", type=Path, metavar="FILE", help="A new file, say support.tar.gz")
    bundle.add_argument("--overwrite", action="store_true", help="Replace FILE if it exists")
    bundle.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read the cluster and write the archive; 3 where nothing could be read: even then there is one, which says why."""
    path: Path = arguments.file
    _check(path, arguments.overwrite)
    from tui.cli.watching import settings_of, watched

    settings = settings_of(arguments)
    with watched(settings) as session:
        complain("reading the cluster")
        snapshot, problem = _first(session, settings)
        parts = _parts(session, snapshot, settings)
        made_at = session.clock.now()
    write_archive(path, parts, made_at, arguments.overwrite)
    complain(f"{path}: {len(parts)} files, {path.stat().st_size / 1e3:.0f} kB; README.txt in it says what was left out")
    if problem:
        raise ExitError(NO_ANSWER, problem)
    return DONE


def _check(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise ExitError(BAD_INPUT, f"{path} is a folder; name a file in it")
    if path.exists() and not overwrite:
        raise ExitError(BAD_INPUT, f"{path} exists; name a new file, or add --overwrite")
    if not path.absolute().parent.is_dir():
        raise ExitError(BAD_INPUT, f"{path.parent} is no folder; make it first or name another")


def _first(session: "Session", settings: "Settings") -> tuple["Snapshot", str]:
    """The picture, and what is wrong where there is nothing in it."""
    from tui.cli.watching import first_snapshot, with_silent

    try:
        return first_snapshot(session, settings), ""
    except ExitError as error:
        return with_silent(session.store.snapshot, settings), str(error)


def _parts(session: "Session", snapshot: "Snapshot", settings: "Settings") -> tuple["Part", ...]:
    """All files, the README first."""
    from tui.cli.bundle_read import gather
    from tui.cli.version import __version__
    from tui.cli.waiting import Waiting
    from tui.launch.scrub import Scrubber
    from tui.present import bundle
    from tui.present.documents import build
    from tui.present.documents.pending import waiting_within

    project, namespaces = settings.project, settings.kubernetes.namespaces
    asking = Waiting(session)
    waiting = waiting_within(asking.items(snapshot), project, namespaces)
    found = gather(session, snapshot, waiting, asking.circumstances, namespaces, complain)
    scrubber = Scrubber({*found.credentials, *_own_secrets(settings)})
    now = session.clock.now()
    parts = [
        *(
            bundle.document_part(kind, build(kind, snapshot, now, project, namespaces, waiting), scrubber)
            for kind in _KINDS
        ),
        *_preflight(session, snapshot, settings, scrubber, found.left_out),
        bundle.diagnostics_part(snapshot, now, scrubber),
        bundle.about_part(settings, _program(__version__), now, scrubber),
        *(bundle.object_part(resource, key, body, scrubber) for resource, key, body in found.objects),
        *(bundle.log_part(log.pod, log.container, log.previous, log.lines, scrubber) for log in found.logs),
        *_audit(settings, scrubber, found.left_out),
    ]
    found.left_out += _unknown(snapshot)
    readme = bundle.readme_part(parts, found.left_out, __version__, now)
    return bundle.Part(readme.name, scrubber.text(readme.text)), *parts


def _unknown(snapshot: "Snapshot") -> Iterator["LeftOut"]:
    """The sources that did not tell."""
    from tui.present.bundle import LeftOut

    for name, status in sorted(snapshot.sources.items()):
        if status.state in ("denied", "failed", "stale"):
            yield LeftOut(name, f"{status.state}: {status.detail}")


def _preflight(
    session: "Session", snapshot: "Snapshot", settings: "Settings", scrubber: "Scrubber", left_out: list["LeftOut"]
) -> Iterator["Part"]:
    from tui.diagnose.preflight import preflight
    from tui.present.bundle import LeftOut, document_part
    from tui.present.documents import document_of
    from tui.present.documents.preflight import check_items

    complain("looking at the installation")
    installation = session.installation(settings.project)
    if installation is None:
        left_out.append(LeftOut("documents/preflight.json", "the Kubernetes API is not connected"))
        return
    checks = preflight(snapshot, installation, settings.project, settings.read_only)
    document = document_of("preflight", check_items(checks), snapshot.sources, session.clock.now())
    yield document_part("preflight", document, scrubber)


def _audit(settings: "Settings", scrubber: "Scrubber", left_out: list["LeftOut"]) -> Iterator["Part"]:
    from config.places import state_folder
    from tui.present.bundle import AUDIT_LINES, LeftOut, audit_part
    from tui.sources.writing import read_audit

    path = settings.audit_file or state_folder() / "audit.jsonl"
    try:
        yield audit_part(read_audit(path, AUDIT_LINES), scrubber)
    except OSError as error:
        left_out.append(LeftOut("audit.jsonl", f"{path} can't be read: {error.strerror}"))


def _program(version: str) -> dict[str, str]:
    import platform

    return {"nimdeck": version, "python": platform.python_version(), "platform": platform.platform()}


def _own_secrets(settings: "Settings") -> Iterator[str]:
    """What nimdeck itself logs in with: no text of the bundle may hold it, whoever repeated it."""
    prometheus, runai = settings.prometheus, settings.runai
    for secret in (prometheus.token, prometheus.password, runai.client_secret):
        if secret is not None:
            yield secret.reveal()
    for path in (prometheus.token_file, prometheus.password_file, runai.client_secret_file):
        if path is not None:
            try:
                yield path.read_text(encoding="utf-8", errors="replace").strip()
            except OSError:
                continue  # then nobody could log in with it


def write_archive(path: Path, parts: Sequence["Part"], made_at: float, overwrite: bool) -> None:
    """A gzipped tar that only its owner may read, there whole or not at all. Raises ``ExitError``."""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".nimdeck-bundle-", dir=path.absolute().parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write_tar(file, parts, made_at)
                file.flush()
                os.fsync(file.fileno())
            if overwrite:
                Path(temporary).replace(path)
            else:
                os.link(temporary, path)  # unlike a rename, it never replaces what came meanwhile
        finally:
            Path(temporary).unlink(missing_ok=True)
    except FileExistsError:
        raise ExitError(BAD_INPUT, f"{path} exists; name a new file, or add --overwrite") from None
    except OSError as error:
        raise ExitError(BAD_INPUT, f"{path} can't be written: {error.strerror}; name another file") from None


def _write_tar(file: Any, parts: Sequence["Part"], made_at: float) -> None:
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for part in parts:
            body = part.text.encode()
            entry = tarfile.TarInfo(f"nimdeck-bundle/{part.name}")
            entry.size, entry.mtime, entry.mode = len(body), int(made_at), 0o600
            archive.addfile(entry, BytesIO(body))
