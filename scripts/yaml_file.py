"""Reads the YAML that people write, and reports an error in one line: file, field, expectation."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from shared.errors import ConfigurationError
from shared.formats.json_schema import WORDS, bounds, expected, field

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml: slower, the same result
    from yaml import SafeLoader  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
SIZE_LIMIT = 2 * 1024 * 1024
#: Maximum nesting: libyaml's composer recurses in C. Far below its stack's limit, far above real files.
DEPTH_LIMIT = 50


class _Loader(SafeLoader):
    """Safe YAML loader that requires text keys and rejects duplicates: PyYAML silently keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                shown = key.value if isinstance(key, yaml.ScalarNode) else "?"
                raise _at(key.start_mark, f"the key {shown!r} is not text (expected it in quotes)")
            if key.value in seen:
                raise _at(key.start_mark, f"the key {key.value!r} stands here twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    """Returns the document in the file. Raises ConfigurationError, with line and column if it is not valid
    YAML."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise problem(path, "", f"is longer than {SIZE_LIMIT} bytes")
        text = path.read_bytes().decode("utf-8-sig")
        _check_structure(text)
        return yaml.load(text, _Loader)  # noqa: S506 it is a SafeLoader
    except OSError as error:
        raise problem(path, "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise problem(path, "", f"byte {error.start} is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise problem(path, "", f"{where}{error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:  # an invalid character or date
        raise problem(path, "", str(error).partition("\n")[0]) from None


def check(path: Path, document: Any, schema: Mapping[str, Any]) -> None:
    """Checks the document against the JSON Schema. Raises ConfigurationError for the most relevant breach."""
    error = best_match(Draft202012Validator(schema).iter_errors(document))
    if error is not None:
        place, message = _describe(error)
        raise problem(path, field(document, [*error.absolute_path, *place]), message)


def problem(path: Path, field: str, message: str) -> ConfigurationError:
    """Returns an error of one line: file, line and name of the field, message.

    A file of the project is named by its path within the project.
    """
    resolved = path.resolve()
    name = resolved.relative_to(ROOT) if resolved.is_relative_to(ROOT) else path
    place = f"{name}:{_line(path, field)}: {field}" if field else f"{name}"
    return ConfigurationError(f"{place}: {message}")


def _line(path: Path, field: str) -> int:
    """Returns the line of a field, as formats/json_schema.py names it; of the map around a missing one."""
    node = yaml.compose(path.read_bytes().decode("utf-8-sig"), SafeLoader)
    line, rest = 1, field
    while rest:
        fitting = [child for child in _children(node) if re.match(rf"{re.escape(child.name)}(\Z|[.[])", rest)]
        if not fitting:
            break
        name, line, node = max(fitting, key=lambda child: len(child.name))
        rest = rest[len(name) :].removeprefix(".")
    return line


class _Child(NamedTuple):
    name: str
    line: int
    node: Any


def _children(node: Any) -> Iterator[_Child]:
    """Yields the values of a map by their keys, or the entries of a list by their index and their id."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield _Child(key.value, key.start_mark.line + 1, value)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            ids = [child.node.value for child in _children(value) if child.name == "id"]
            for name in (f"[{index}]", *ids):
                yield _Child(name, value.start_mark.line + 1, value)


def _at(mark: Any, message: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=mark)


def _check_structure(text: str) -> None:
    """Raises YAMLError for aliases or deep nesting. YAML bombs are made of them, and no file here needs
    them."""
    depth = 0
    for event in yaml.parse(text, SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _at(event.start_mark, "an alias is not taken here (expected the value itself)")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            raise _at(event.start_mark, f"is nested more than {DEPTH_LIMIT} deep")


def _describe(error: ValidationError) -> tuple[list[str], str]:
    """Returns the steps to append to the error's path, and the message."""
    given: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    if "propertyNames" in error.absolute_schema_path:
        return [given], f"is not a name for this place ({expected(schema)})"
    # The field for a secret's name may hold its value by mistake: never show it.
    shown = "the value" if "secrets" in error.absolute_path else reprlib.repr(given)
    match error.validator:
        case "required":
            return [next(name for name in rule if name not in given)], "is missing"
        case "additionalProperties" if rule is False:
            extra = next(name for name in given if name not in schema.get("properties", ()))
            return [extra], f"is not a field ({expected(schema)})"
        case "type":
            return [], f"{shown} is not {WORDS[rule]}" + (f" ({expected(schema)})" if bounds(schema) else "")
        case "minItems" | "minLength" | "minProperties":
            return [], f"is too short (expected at least {rule})"
        case "maxItems" | "maxLength" | "maxProperties":
            return [], f"is too long (expected at most {rule})"
        case "uniqueItems":
            return [], f"{shown} names something twice"
    return [], f"{shown} is not allowed ({expected(schema)})"
