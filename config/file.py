"""The settings file: TOML tables and profiles, each value with the line it stands on.

It refuses what it does not know, and secrets: a file of settings is copied, mailed and committed.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from config.errors import SettingsError
from config.keymap import bad_binding
from config.options import BY_KEY, OPTIONS, TABLES, Kind, Option
from config.toml_lines import KeyPath, key_lines, line_of
from config.values import BadValueError, Value, convert, shown

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it was found."""

    value: Value
    origin: str


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What a file says. ``values`` are the top tables'; ``profile`` gives what a profile sets over them."""

    path: Path
    exists: bool
    values: Mapping[str, Found] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Found]] = field(default_factory=dict)
    default_profile: Found | None = None
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def profile_names(self) -> tuple[str, ...]:
        return tuple(self.profiles)

    def profile(self, name: str, asked_by: str) -> Mapping[str, Found]:
        """The values of a profile; the profile ``default`` need not be written down."""
        if name in self.profiles:
            return self.profiles[name]
        if name == "default":
            return {}
        if not self.profiles:
            mend = f"{self.path} defines none; write [profiles.{name}] there"
        else:
            mend = suggestion(name, self.profiles)
        raise SettingsError(f"{asked_by}: no profile {shown(name)}; {mend}")


def read_file(path: Path, asked_by: str) -> SettingsFile:
    """Read ``path``. It may be missing unless ``asked_by`` (a flag or variable) named it. Raises ``SettingsError``."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if asked_by:
            raise SettingsError(f"{asked_by}: {path} does not exist; name a file, or leave it out") from None
        return SettingsFile(path, exists=False)
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path}: can't be read: {error.strerror}") from None
    try:
        return _Reader(path, text).read()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """The mend for an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(names)}"


class _Reader:
    """One pass over one file."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._document: Table = tomllib.loads(text)
        self._lines = key_lines(text)

    def read(self) -> SettingsFile:
        values: dict[str, Found] = {}
        keys: dict[str, str] = {}
        profiles: dict[str, Mapping[str, Found]] = {}
        default_profile = None
        for name, raw in self._document.items():
            if name == "profiles":
                profiles = self._profiles(self._table((name,), raw))
            elif name == "keys":
                keys = self._keys(self._table((name,), raw))
            elif name == "profile":
                if not isinstance(raw, str) or not raw:
                    raise self._error((name,), f"{shown(raw)} is not the name of a profile; write it in quotes")
                default_profile = Found(raw, self._place((name,)))
            else:
                values |= self._entry((), name, raw, extra=("profile", "profiles", "keys"))
        return SettingsFile(self._path, True, values, profiles, default_profile, keys)

    def _profiles(self, table: Table) -> dict[str, Mapping[str, Found]]:
        profiles: dict[str, Mapping[str, Found]] = {}
        for profile, raw in table.items():
            path: KeyPath = ("profiles", profile)
            found: dict[str, Found] = {}
            for name, value in self._table(path, raw).items():
                found |= self._entry(path, name, value)
            profiles[profile] = found
        return profiles

    def _entry(self, root: KeyPath, name: str, raw: object, extra: tuple[str, ...] = ()) -> dict[str, Found]:
        """An option or a table of options, at the top or in a profile."""
        if name in TABLES:
            found: dict[str, Found] = {}
            for key, value in self._table((*root, name), raw).items():
                option = self._option((*root, name, key), f"{name}.{key}", [o.name for o in OPTIONS if o.table == name])
                found[option.key] = self._value((*root, name, key), option, value)
            return found
        top = [option.name for option in OPTIONS if not option.table]
        option = self._option((*root, name), name, [*top, *TABLES, *extra])
        return {option.key: self._value((*root, name), option, raw)}

    def _option(self, path: KeyPath, key: str, known: list[str]) -> Option:
        option = BY_KEY.get(key)
        if option is None:
            raise self._error(path, f"unknown key; {suggestion(path[-1], known)}")
        return option

    def _value(self, path: KeyPath, option: Option, raw: object) -> Found:
        if option.kind is Kind.SECRET:
            raise self._error(path, f"a secret does not belong in this file; {_secret_mend(option)}")
        try:
            return Found(convert(option, raw, self._path.parent), self._place(path))
        except BadValueError as error:
            raise self._error(path, str(error)) from None

    def _keys(self, table: Table) -> dict[str, str]:
        keys: dict[str, str] = {}
        for action, raw in _flat(table):
            reason = bad_binding(action, raw)
            if reason or not isinstance(raw, str):
                raise self._error(self._key_path(action), reason)
            keys[action] = raw
        return keys

    def _key_path(self, action: str) -> KeyPath:
        quoted: KeyPath = ("keys", action)
        return quoted if quoted in self._lines else ("keys", *action.split("."))

    def _table(self, path: KeyPath, raw: object) -> Table:
        if not isinstance(raw, dict):
            raise self._error(path, f"{shown(raw)} is not a table; write [{'.'.join(path)}]")
        return raw

    def _place(self, path: KeyPath) -> str:
        line = line_of(self._lines, path)
        return str(self._path) if line is None else f"{self._path}:{line}"

    def _error(self, path: KeyPath, reason: str) -> SettingsError:
        return SettingsError(f"{self._place(path)}: {'.'.join(path)}: {reason}")


def _flat(table: Table, prefix: str = "") -> Iterator[tuple[str, object]]:
    """``app.pause = "f2"`` without quotes is a table in a table to TOML; it means the action all the same."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _secret_mend(option: Option) -> str:
    return f"put it in a file and name that with {option.name}_file, or set {option.env}"
