"""JSON Schemas as vendors take them, and answers of models that can only be asked in words for JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from shared.llm import Request

#: A Markdown fence around a whole answer, which models write in spite of the instruction.
_FENCED = re.compile(r"\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a schema in which every property is required and no other is allowed, at all depths.

    Its definitions too; defaults go, since a required property has none:
    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    found = {
        name: _strict(value, named=name in ("properties", "$defs"))
        for name, value in schema.items()
        if name != "default"
    }
    if isinstance(found.get("properties"), dict):
        found |= {"required": list(found["properties"]), "additionalProperties": False}
    return found


def _strict(value: Any, *, named: bool = False) -> Any:
    """Returns part of a schema made strict; `named` if it maps names to schemas, whatever the names are."""
    if isinstance(value, dict):
        return {name: _strict(each) for name, each in value.items()} if named else strict(value)
    return [_strict(each) for each in value] if isinstance(value, list) else value


@lru_cache(maxsize=64)
def strict_schema(shape: type[BaseModel]) -> Mapping[str, Any]:
    """Returns the strict schema of a model class, made once: it takes a millisecond."""
    return strict(shape.model_json_schema())


def instruction(request: Request) -> str:
    """Returns the instruction with the schema in words, for models that take no schema or may not keep it."""
    if request.schema is None:
        return request.instruction
    shape = json.dumps(request.schema.model_json_schema(), ensure_ascii=False)
    return (
        f"{request.instruction}\n\nYour answer to the person is one JSON object of this JSON Schema, with "
        f"nothing before or after it:\n{shape}"
    )


def unfenced(text: str) -> str:
    """Returns a text without the Markdown fence around it."""
    match = _FENCED.fullmatch(text)
    return match[1] if match else text
