"""The library of launch specs: those that ship and the operator's own. Text only; the launch room reads it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from config.load import default_path

_SHIPPED = Path(__file__).with_name("profiles")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?")
_MOST_BYTES = 64 * 1024
_SUFFIXES = (".yaml", ".yml", ".toml")


@dataclass(frozen=True, slots=True)
class Profile:
    """One file of one or more specs. ``title`` is its first comment. ``is_own``: the operator's, not a shipped one."""

    name: str
    title: str
    text: str
    path: Path
    is_own: bool = False


def own_folder() -> Path:
    """Where the operator's profiles lie: beside the settings file."""
    return default_path().parent / "profiles"


def profiles(folder: Path | None = None) -> tuple[Profile, ...]:
    """The shipped ones, then those of ``folder`` (None: the operator's own), which take the place of shipped names.

    A file that can't be read is left out: one bad file must not take the others along.
    """
    found: dict[str, Profile] = {}
    for place, is_own in ((_SHIPPED, False), (own_folder() if folder is None else folder, True)):
        for path in sorted(place.glob("*")) if place.is_dir() else ():
            profile = _read(path, is_own)
            if profile is not None:
                found[profile.name] = profile
    return tuple(found.values())


def save_profile(name: str, title: str, text: str, folder: Path | None = None) -> Path:
    """Write one of the operator's own, whole or not at all. Raises ``ValueError`` for a name, ``OSError``."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a profile; use lower-case letters, digits, - and .")
    place = own_folder() if folder is None else folder
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.yaml"
    head = f"# {' '.join(title.split())}\n" if title.strip() else ""
    with NamedTemporaryFile("w", encoding="utf-8", dir=place, prefix=".", delete=False) as file:
        try:
            file.write(head + text)
            file.flush()
            os.replace(file.name, path)  # noqa: PTH105 - the name is a text already
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return path


def _read(path: Path, is_own: bool) -> Profile | None:
    if path.suffix not in _SUFFIXES or path.name.startswith("."):
        return None
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    if len(text) > _MOST_BYTES:
        return None
    first = text.lstrip().partition("\n")[0]
    title = first.lstrip("#").strip() if first.startswith("#") else path.stem
    return Profile(path.stem, title, text, path, is_own)
