"""JSON Schema in words: the names and the expectations that an error names.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

WORDS = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "empty",
}


def field(document: Any, path: Iterable[str | int]) -> str:
    """Returns a field's path (`channels.waha.kind`); a list's entry has its id (`knowledge.breakfast`) or its
    index (`[3]`)."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            document = document[step]
            name = document.get("id") if isinstance(document, dict) else None
            shown += f".{name}" if isinstance(name, str) else f"[{step}]"
        else:
            document = document.get(step) if isinstance(document, dict) else None
            shown += f".{step}"
    return shown.removeprefix(".")


def one_of(names: Iterable[str]) -> str:
    """Returns the expectation of a name, in alphabetical order."""
    return f"expected one of {', '.join(sorted(names))}"


def expected(schema: Mapping[str, Any]) -> str:
    """Returns the expectation of a subschema in words."""
    if names := schema.get("enum") or schema.get("properties"):
        return one_of(str(name) for name in names)
    if "const" in schema:
        return f"expected {schema['const']!r}"
    if limits := bounds(schema):
        return f"expected {limits}"
    if forms := schema.get("anyOf"):
        return "expected " + " or ".join(_form(form) for form in forms)
    pattern = schema.get("pattern") or next(iter(schema.get("patternProperties", {})), "")
    return f"expected {_pattern(pattern, schema)}" if pattern else "expected text"


def _form(schema: Mapping[str, Any]) -> str:
    """Returns a branch of a union in words: its pattern or only value if it has one, else its type.

    A branch that is defined elsewhere is a map.
    """
    if "const" in schema:
        return repr(schema["const"])
    if "pattern" in schema:
        return _pattern(schema["pattern"], schema)
    above = f" above {schema['exclusiveMinimum']:g}" if "exclusiveMinimum" in schema else ""
    return WORDS[schema.get("type", "object")] + above


def _pattern(pattern: str, schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples")
    return f"the form {pattern}" + (f", such as {examples[0]}" if examples else "")


def bounds(schema: Mapping[str, Any]) -> str:
    """Returns the least and the largest number, or "" if the schema does not bound numbers on both sides."""
    if "minimum" not in schema or "maximum" not in schema:
        return ""
    return f"{schema['minimum']}…{schema['maximum']}"
