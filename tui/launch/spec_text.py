"""The text of a spec file as values that know their line. YAML or TOML; nothing here knows a field's meaning.

YAML is read strictly: no anchors, no tags, no key twice, numbers only as people write them (not ``0x10`` or ``1:30``).
"""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import yaml

from config.toml_lines import KeyPath, key_lines, line_of
from tui.launch.hidden import holds_ngc_key
from tui.model.launch_spec import FieldError

Format = Literal["yaml", "toml"]
Content: TypeAlias = "str | int | float | bool | tuple[Item, ...] | Mapping[str, Item] | None"

WHOLE = "the file"
_YAML = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(0|[1-9]\d{0,17})$")
_FLOAT = re.compile(r"[-+]?(\d{1,18}\.\d{0,18}|\.\d{1,18})$")
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_LINE_KEY = re.compile(r"""^[\s{[\-]*["']?([\w.-]+)["']?\s*[:=]""")


@dataclass(frozen=True, slots=True)
class Item:
    """One value, its line (from 1) and how it was written."""

    value: Content
    line: int | None
    raw: str = ""


class TextError(Exception):
    """The text can't be read at all."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors


def read_documents(text: str, form: Format) -> tuple[Item, ...]:
    """The documents of the text; empty ones are left out. Raises ``TextError``."""
    keys = tuple(_inline_keys(text))
    if keys:
        raise TextError(*keys)
    try:
        return tuple(_yaml_documents(text)) if form == "yaml" else _toml_document(text)
    except RecursionError:
        raise TextError(FieldError(WHOLE, "", "is nested too deeply; a launch spec has four levels at most")) from None


def _inline_keys(text: str) -> Iterator[FieldError]:
    for number, line in enumerate(text.splitlines(), start=1):
        if holds_ngc_key(line):
            match = _LINE_KEY.match(line)
            yield FieldError(
                match.group(1) if match else WHOLE,
                "",
                "an NGC API key is never written into a file; store it with `nimdeck secret ngc` and name that Secret: "
                "ngc: {secret: ngc-api-key}",
                number,
            )


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses anchors and aliases, with which a few lines could stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            line = event.start_mark.line + 1 if event.start_mark is not None else None
            raise TextError(FieldError(WHOLE, "", "anchors (&) and aliases (*) are not taken; write it out", line))
        return super().compose_node(parent, index)


def _yaml_documents(text: str) -> Iterator[Item]:
    try:
        for node in yaml.compose_all(text, _Loader):
            item = _item(node, "")
            if item.value is not None:
                yield item
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise TextError(FieldError(WHOLE, "", f"is not YAML: {_problem(error)}", line)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TextError(FieldError(WHOLE, "", "is not YAML: a control character; remove it", line)) from None
    except yaml.YAMLError:
        raise TextError(FieldError(WHOLE, "", "is not YAML; see `nimdeck launch --help`")) from None


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or error.context or "not understood")
    return "a tab; indent with spaces" if "'\\t'" in problem else problem


def _item(node: yaml.Node, path: str) -> Item:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Item(_mapping(node, path), line)
    if isinstance(node, yaml.SequenceNode):
        return Item(tuple(_item(entry, path) for entry in node.value), line)
    return Item(_scalar(node, path, line), line, node.value)


def _mapping(node: yaml.MappingNode, path: str) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or not key_node.value:
            raise TextError(FieldError(path or WHOLE, "", "a field needs a plain name before the colon", line))
        name = str(key_node.value)
        where = f"{path}.{name}" if path else name
        if name in found:
            message = f"stands twice, first on line {found[name].line}; keep one"
            raise TextError(FieldError(where, "", message, line))
        item = _item(value_node, where)
        found[name] = Item(item.value, line, item.raw)  # the key's line: a table's value begins on the next
    return found


def _scalar(node: yaml.Node, path: str, line: int) -> str | int | float | bool | None:
    raw, tag = str(node.value), str(node.tag).removeprefix(_YAML)
    if tag == "null":
        return None
    if tag == "bool":
        return raw.lower() in ("yes", "true", "on")
    if tag == "int" and _INT.match(raw):
        return int(raw)
    if tag == "float" and _FLOAT.match(raw) and math.isfinite(float(raw)):
        return float(raw)
    if tag in ("int", "float"):
        raise TextError(FieldError(path or WHOLE, raw[:40], "write the number plainly, or in quotes as text", line))
    if tag in ("str", "timestamp"):
        return raw
    raise TextError(FieldError(path or WHOLE, "", "tags (!) are not taken; write the plain value", line))


def _toml_document(text: str) -> tuple[Item, ...]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place.group(1)) if place and place.group(1) else text.rstrip("\n").count("\n") + 1
        problem = _TOML_PLACE.sub("", str(error))
        raise TextError(FieldError(WHOLE, "", f"is not TOML: {problem}", line)) from None
    except ValueError:
        raise TextError(FieldError(WHOLE, "", "is not TOML: a number of thousands of digits")) from None
    return (_toml_item(document, (), key_lines(text)),) if document else ()


def _toml_item(value: object, path: KeyPath, lines: dict[KeyPath, int]) -> Item:
    line = line_of(lines, path)
    if isinstance(value, dict):
        return Item({name: _toml_item(entry, (*path, name), lines) for name, entry in value.items()}, line)
    if isinstance(value, list):
        return Item(tuple(_toml_item(entry, path, lines) for entry in value), line)
    if isinstance(value, bool):
        return Item(value, line, str(value).lower())
    if isinstance(value, float) and not math.isfinite(value):
        raise TextError(FieldError(".".join(path), str(value), "write the number plainly", line))
    if isinstance(value, str | int | float):
        return Item(value, line, str(value))
    return Item(str(value), line, str(value))  # a date or time: read as the text that it stands for
