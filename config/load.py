"""Settings of one run: defaults, the file, its profile, the environment, the flags - each stronger than the one before.

Reading the file is ``file.py``. Every value keeps its origin, so that ``nimdeck config show`` can say where it came
from. Wrong input raises ``SettingsError`` with one line. No network, no cluster.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from config.errors import SettingsError
from config.file import Found, read_file
from config.options import BY_ENV, BY_KEY, ENV_CONFIG, ENV_PROFILE, OPTIONS, Option
from config.settings import Settings
from config.values import BadValueError, Value, check_path, convert

DEFAULT = "default"
_KNOWN_VARIABLES = frozenset(BY_ENV) | {ENV_CONFIG, ENV_PROFILE}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the origin of each: ``origins`` maps a key to ``default``, ``FILE:LINE``, a variable or a flag.

    ``path`` is the file that was read (``None``: there is none), ``profiles`` those that it defines.
    """

    settings: Settings
    origins: Mapping[str, str]
    path: Path | None
    profiles: tuple[str, ...]


def default_path(environ: Mapping[str, str] | None = None) -> Path:
    """Where the file lies unless told otherwise: ``$XDG_CONFIG_HOME/nimdeck/config.toml``."""
    environ = os.environ if environ is None else environ
    root = environ.get("XDG_CONFIG_HOME", "")
    # The XDG specification: a relative path there is invalid and must be ignored.
    base = Path(root) if root.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".config"
    return base / "nimdeck" / "config.toml"


def load(
    flags: Mapping[str, str | bool] | None = None,
    environ: Mapping[str, str] | None = None,
    config: str | None = None,
    profile: str | None = None,
) -> Loaded:
    """Read everything. ``flags`` maps dotted keys to what the flag said; ``config`` and ``profile`` are their flags.

    Raises ``SettingsError``: unknown key, wrong type, missing file, unknown profile.
    """
    environ = os.environ if environ is None else environ
    path, required = _which_file(config, environ)
    file = read_file(path, required)
    name, chosen_by = _which_profile(profile, environ, file.default_profile)
    found: dict[str, Found] = dict(file.values)
    found |= file.profile(name, chosen_by)
    found |= _from_environment(environ)
    found |= _from_flags(flags or {})
    _check_paths(found)
    settings = _build(name, {key: item.value for key, item in found.items()}, file.keys)
    origins = {option.key: found[option.key].origin if option.key in found else DEFAULT for option in OPTIONS}
    origins["profile"] = chosen_by
    _check_together(settings, origins)
    return Loaded(settings, origins, path if file.exists else None, file.profile_names)


def file_path(config: str | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The settings file that would be read, whether or not it is there."""
    return _which_file(config, os.environ if environ is None else environ)[0]


def shipped_file() -> str:
    """The commented settings file that ships with nimdeck."""
    return Path(__file__).with_name("default.toml").read_text(encoding="utf-8")


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables with our prefix that no setting reads."""
    return sorted(name for name in environ if name.startswith("NIMDECK_") and name not in _KNOWN_VARIABLES)


def option_value(settings: Settings, option: Option) -> object:
    """What ``settings`` holds for ``option``."""
    value: object = settings
    for part in option.key.split("."):
        value = getattr(value, part)
    return value


def _which_file(flag: str | None, environ: Mapping[str, str]) -> tuple[Path, str]:
    """The path, and what asked for it (``""``: only the default place, which may be empty)."""
    if flag is not None:
        return Path(flag).expanduser(), "--config"
    if environ.get(ENV_CONFIG):
        return Path(environ[ENV_CONFIG]).expanduser(), ENV_CONFIG
    return default_path(environ), ""


def _which_profile(flag: str | None, environ: Mapping[str, str], from_file: Found | None) -> tuple[str, str]:
    if flag is not None:
        return flag, "--profile"
    if environ.get(ENV_PROFILE):
        return environ[ENV_PROFILE], ENV_PROFILE
    if from_file is not None:
        return str(from_file.value), from_file.origin
    return DEFAULT, DEFAULT


def _from_environment(environ: Mapping[str, str]) -> dict[str, Found]:
    found = {}
    for name, raw in environ.items():
        if not name.startswith("NIMDECK_") or not raw:
            continue
        if name not in _KNOWN_VARIABLES:
            _refuse_misspelt(name)
        option = BY_ENV.get(name)
        if option is not None:
            found[option.key] = Found(_convert(option, raw, name), name)
    return found


def _refuse_misspelt(name: str) -> None:
    """Only a near miss is refused: Kubernetes itself sets ``NIMDECK_PORT`` where a Service has our name."""
    close = get_close_matches(name, _KNOWN_VARIABLES, n=1, cutoff=0.93)
    if close:
        raise SettingsError(f"{name}: no such setting; did you mean {close[0]}?")


def _from_flags(flags: Mapping[str, str | bool]) -> dict[str, Found]:
    found = {}
    for key, raw in flags.items():
        option = BY_KEY[key]
        found[key] = Found(_convert(option, raw, option.flag), option.flag)
    return found


def _convert(option: Option, raw: object, where: str) -> Value:
    try:
        return convert(option, raw, Path())
    except BadValueError as error:
        raise SettingsError(f"{where}: {error}") from None


def _check_paths(found: Mapping[str, Found]) -> None:
    for key, item in found.items():
        if isinstance(item.value, Path):
            try:
                check_path(BY_KEY[key], item.value)
            except BadValueError as error:
                named = item.origin.startswith(("--", "NIMDECK_"))  # a flag or variable says which setting it is
                where = item.origin if named else f"{item.origin}: {key}"
                raise SettingsError(f"{where}: {error}") from None


def _build(profile: str, values: Mapping[str, Value], keys: Mapping[str, str]) -> Settings:
    settings: Settings = _filled(Settings(profile=profile, keys=dict(keys)), "", values)
    return settings


def _filled(node: Any, prefix: str, values: Mapping[str, Value]) -> Any:
    """``node`` (a settings dataclass) with the values whose keys begin with ``prefix``; nested tables likewise."""
    changes: dict[str, object] = {}
    for field in fields(node):
        key, current = prefix + field.name, getattr(node, field.name)
        if is_dataclass(current):
            changes[field.name] = _filled(current, key + ".", values)
        elif key in values:
            changes[field.name] = values[key]
    return replace(node, **changes)


def _check_together(settings: Settings, origins: Mapping[str, str]) -> None:
    """What no single value can show."""
    prometheus, runai = settings.prometheus, settings.runai
    if prometheus.username and not (prometheus.password or prometheus.password_file):
        _refuse(origins, "prometheus.username", "has no password; set NIMDECK_PROMETHEUS_PASSWORD or password_file")
    if (prometheus.password or prometheus.password_file) and not prometheus.username:
        _refuse(origins, _first_set(origins, "prometheus.password", "prometheus.password_file"),
                "has no user; set prometheus.username")  # fmt: skip
    has_runai_secret = runai.client_secret or runai.client_secret_file
    if runai.client_id and not has_runai_secret:
        _refuse(origins, "runai.client_id",
                "has no secret; set NIMDECK_RUNAI_CLIENT_SECRET or client_secret_file")  # fmt: skip
    if runai.client_id and not runai.url:
        _refuse(origins, "runai.client_id", "has no address; set runai.url or --runai")


def _first_set(origins: Mapping[str, str], *keys: str) -> str:
    return next(key for key in keys if origins[key] != DEFAULT)


def _refuse(origins: Mapping[str, str], key: str, reason: str) -> None:
    raise SettingsError(f"{origins[key]}: {key} {reason}")
