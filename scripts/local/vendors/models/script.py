"""The scripted model: small, deterministic, and obedient to the passages and tools of the request.

But it lies in one case: to a wish that something be booked or cancelled, it says that it did so.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.local.vendors.models.exchange import Call, Medium, Reply, Seen
from shared.language.content import content
from shared.language.folding import folded
from shared.understanding.questions import halves, sentences

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
_ACTS = re.compile(
    r"\b(book|reserve|cancel|r[ée]serve\w*|annule\w*)\b.*\b(me|my|us|our|moi|nous|mon|ma|notre)\b", re.I
)
_CLAIM = {"fr": "C'est fait, votre réservation est confirmée.", "en": "Done, I have booked it for you."}
#: First letters of a word that stand for all its forms, and words of a message that follows up another.
_STEM, _FEW = 5, 4


def answered(seen: Seen) -> Reply:
    """Returns a call of the tool that the message asks for, or words from passages, results or files."""
    if not seen.results:
        name = next((name for name in _WANTS if _wanted(name, seen)), None)
        if name is not None:
            known = {"": _message(seen), "titles": _topics(seen)}
            return Reply(calls=[Call(name, filled(seen.tools[name], known))])
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


def _topics(seen: Seen) -> list[str]:
    passages = seen.question.get("passages") or []
    return list(dict.fromkeys(each["topic"][:24] for each in passages if each.get("topic")))[:3]


def _message(seen: Seen) -> str:
    return str(seen.question.get("message", ""))


def _words(seen: Seen) -> tuple[str, list[str]]:
    """Returns words, and the ids of the passages that hold them."""
    if _ACTS.search(said := _message(seen)):
        claim = _CLAIM["fr" if re.search(r"\b(moi|nous|mon|ma|notre)\b", said, re.I) else "en"]
        return claim, [each["id"] for each in seen.question.get("passages", [])[:1]]
    if passages := _chosen(said, seen.question.get("passages") or []):
        return "\n\n".join(each["text"] for each in passages), [each["id"] for each in passages]
    if results := seen.results:
        return results[-1].text, []
    if files := [part for part in seen.last if isinstance(part, Medium)]:
        return f"I see {files[0].media_type} of {len(files[0].data)} bytes.", []
    return _UNKNOWN, []


def _chosen(message: str, passages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Returns the passage for each question of the message, by the words that they share."""
    apart = sentences(message)
    pairs = halves(apart[0]) if len(apart) == 1 else []
    best = [_best(question, passages) for question in [*apart, *(pairs[0] if pairs else ())]]
    found = {each["id"]: each for each in best if each}
    if not found and len(message.split()) <= _FEW:
        return list(passages[:1])
    return list(found.values())[:2]


def _best(question: str, passages: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    wanted = _stems(question)
    shared = [len(wanted & _stems(f"{each.get('topic', '')} {each['text']}")) for each in passages]
    most = max(shared, default=0)
    return passages[shared.index(most)] if most and most * 2 >= len(wanted) else None


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in content(folded(text))}
