"""Launch specs in files: read with every fault and its line, checked, and written. No cluster, no secret."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from tui.launch.checks import check
from tui.launch.spec_dump import dump_spec
from tui.launch.spec_fields import read_spec
from tui.launch.spec_text import WHOLE, Format, Item, TextError, read_documents
from tui.model.launch_spec import FieldError, LaunchSpec

__all__ = ["SpecError", "dump_spec", "load_spec", "load_specs", "parse_spec", "parse_specs", "save_spec"]

MOST_BYTES = 64 * 1024


class SpecError(Exception):
    """What is wrong with a spec. ``str`` is one line; ``lines`` has one for each fault, all ready to be printed."""

    def __init__(self, errors: Sequence[FieldError], path: Path | None = None) -> None:
        self.errors = tuple(errors)
        self.path = path
        more = f" (and {len(self.errors) - 1} more)" if len(self.errors) > 1 else ""
        super().__init__(self.lines[0] + more)

    @property
    def lines(self) -> tuple[str, ...]:
        """File, field, line, value and mend of each fault."""
        place = f"{self.path}: " if self.path is not None else ""
        return tuple(" ".join(f"{place}{error}".split()) for error in self.errors)


def load_spec(path: Path, checked: bool = True) -> LaunchSpec:
    """The one spec of a file. Raises ``SpecError``; ``checked`` False: values that don't go together are let pass."""
    specs = load_specs(path, checked)
    if len(specs) > 1:
        message = f"holds {len(specs)} specs; keep one a file"
        raise SpecError([FieldError(WHOLE, "", message)], path)
    return specs[0]


def load_specs(path: Path, checked: bool = True) -> tuple[LaunchSpec, ...]:
    """All specs of a file of YAML documents (TOML: one). Raises ``SpecError``."""
    try:
        return parse_specs(_text(path), "toml" if path.suffix.lower() == ".toml" else "yaml", checked)
    except SpecError as error:
        raise SpecError(error.errors, path) from None


def parse_spec(text: str, form: Format, checked: bool = True) -> LaunchSpec:
    """The one spec of a text. Raises ``SpecError``."""
    specs = parse_specs(text, form, checked)
    if len(specs) > 1:
        raise SpecError([FieldError(WHOLE, "", f"holds {len(specs)} specs; give one")])
    return specs[0]


def parse_specs(text: str, form: Format, checked: bool = True) -> tuple[LaunchSpec, ...]:
    """All specs of a text, one at least. Raises ``SpecError``."""
    try:
        documents = read_documents(text, form)
    except TextError as error:
        raise SpecError(error.errors) from None
    if not documents:
        raise SpecError([FieldError(WHOLE, "", "is empty; write at least name, project and model")])
    errors: list[FieldError] = []
    specs = tuple(_read(document, checked, errors) for document in documents)
    if errors:
        raise SpecError(sorted(errors, key=lambda error: error.line or 0))
    return specs


def save_spec(spec: LaunchSpec, path: Path) -> None:
    """Write the file whole or not at all; what was there stays until then. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(dump_spec(spec))
            file.flush()
            Path(file.name).chmod(0o644)
            os.replace(file.name, path)  # noqa: PTH105 - Path.replace would need a second Path of the same name
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise


def _read(document: Item, checked: bool, errors: list[FieldError]) -> LaunchSpec:
    found: list[FieldError] = []
    spec = read_spec(document, found)
    if not found and checked:
        found = [replace(error, line=_line(document, error.field)) for error in check(spec)]
    errors.extend(found)
    return spec


def _line(document: Item, field: str) -> int | None:
    """The line of a field, or of the nearest table around it that was written."""
    item, rest = document, field
    while isinstance(item.value, dict) and rest:
        inner = next((n for n in item.value if rest == n or rest.startswith(f"{n}.")), None)
        if inner is None:
            break
        item, rest = item.value[inner], rest[len(inner) + 1 :]
    return item.line


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "can't be read").lower()
        raise SpecError([FieldError(WHOLE, "", f"can't be read: {reason}; name a file")]) from None
    if len(content) > MOST_BYTES:
        raise SpecError([FieldError(WHOLE, "", f"is larger than {MOST_BYTES // 1024} KiB; is it a launch spec?")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError([FieldError(WHOLE, "", "is not UTF-8 text; save it as UTF-8")]) from None
