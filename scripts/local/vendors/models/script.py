"""The scripted model: small, deterministic, and obedient to the passages and tools of the request."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from scripts.local.vendors.models.exchange import Call, Medium, Reply, Seen

#: Words of a message by which the model chooses a tool that it is offered, the first choice first.
_WANTS = {
    "call_human": re.compile(r"\b(human|someone|person|agent|humain|quelqu'un|personne|conseiller)\b", re.I),
    "remember": re.compile(r"\b(remember|i prefer|je préfère|souviens|retenez)\b", re.I),
    "show_choices": re.compile(r"\b(choices|options|choix)\b", re.I),
    "search_knowledge": re.compile(r"\w"),
}
#: Sentences that it hears in sounds without a text in them.
_HEARD = {"fr": "À quelle heure ouvre la piscine ?", "en": "When does the pool open?"}
_UNKNOWN = "I could not find that."


def answered(seen: Seen) -> Reply:
    """Returns a call of the tool that the message asks for, or words from passages, results or files."""
    if not seen.results:
        name = next((name for name in _WANTS if _wanted(name, seen)), None)
        if name is not None:
            return Reply(calls=[Call(name, filled(seen.tools[name], {"": _message(seen)}))])
    words, sources = _words(seen)
    if seen.schema is None:
        return Reply(words)
    wanted = {
        "answer": words,
        "text": words,
        "known": words != _UNKNOWN,
        "wants_human": False,
        "sources": sources,
    }
    return Reply(json.dumps(filled(seen.schema, {"": words} | wanted), ensure_ascii=False))


def heard(sound: bytes, language: str) -> str:
    """Returns the text after `text:` in a sound, else a fixed sentence in the language."""
    if sound.startswith(b"text:"):
        return sound[5:].decode(errors="replace")
    return _HEARD.get(language, _HEARD["en"])


def vector(text: str, size: int) -> list[float]:
    """Returns numbers that are alike for texts with the same words, and not of length 1."""
    numbers = [0.01] * size
    for word in text.lower().split():
        numbers[zlib.crc32(word.encode(errors="replace")) % min(size, 256)] += 0.5
    return numbers


def filled(schema: Mapping[str, Any], known: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """Returns a value of a JSON Schema: known values by a property's name, "" for any other text."""
    root = root or schema
    if reference := schema.get("$ref"):
        return filled(root["$defs"][reference.rpartition("/")[2]], known, root)
    if options := schema.get("enum"):
        return options[0]
    if "const" in schema:
        return schema["const"]
    if choices := schema.get("anyOf"):
        return (
            None if any(each.get("type") == "null" for each in choices) else filled(choices[0], known, root)
        )
    kind = str(schema.get("type", "object")).lower()
    if kind == "object":
        return {
            name: known[name] if name and name in known else filled(each, known, root)
            for name, each in schema.get("properties", {}).items()
        }
    return {"string": known.get("", ""), "boolean": False, "array": [], "null": None}.get(kind, 0)


def _wanted(name: str, seen: Seen) -> bool:
    if name not in seen.tools or (name == "search_knowledge" and seen.question.get("passages")):
        return False
    return bool(_WANTS[name].search(_message(seen)))


def _message(seen: Seen) -> str:
    return str(seen.question.get("message", ""))


def _words(seen: Seen) -> tuple[str, list[str]]:
    """Returns words, and the ids of the passages that hold them."""
    if passages := seen.question.get("passages"):
        return passages[0]["text"], [passages[0]["id"]]
    if results := seen.results:
        return results[-1].text, []
    if files := [part for part in seen.last if isinstance(part, Medium)]:
        return f"I see {files[0].media_type} of {len(files[0].data)} bytes.", []
    return _UNKNOWN, []
