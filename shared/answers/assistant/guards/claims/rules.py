"""The forms of claims of each language: a file `<language>.json` with verbs, forms, phrases and excuses.

- `verbs`: the verbs of each kind of act, by tense;
- `forms`: sentence forms with a place for a verb, `{done}` or another tense, and other places from `words`.
  The verb's kind is the claim's, unless the form has a `kind`; `only` are the kinds that fit;
- `phrases`: whole claims by kind, with the strength `yours`;
- `acts`: the nouns that name each kind of act, for verbs of any act ("your payment has been made");
- the excuses: `negation`, `condition`, `reported`, `habit`, `purpose` and `own` (guards/claims).

Words are folded as guards/notation.plain does: lower case, no accents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shared.answers.assistant.tools import Claim

Strength = Literal["self", "promise", "ours", "yours", "state", "other", "short"]
EXCUSES = ("negation", "condition", "reported", "habit", "purpose", "own")
#: A marked verb: the first mark, a mark of its kind, the verb, and the last mark.
BEGIN, END = "\ue000", "\ue001"
_KINDS = {chr(0xE010 + place): kind for place, kind in enumerate(Claim)}
_MARKS = {kind.value: mark for mark, kind in _KINDS.items()}


@dataclass(frozen=True)
class Form:
    """A form of sentence in which a verb of this tense claims an act; without a tense it has no verb."""

    strength: Strength
    tense: str
    pattern: re.Pattern[str]
    kind: Claim | None
    only: frozenset[Claim]

    def claim(self, match: re.Match[str]) -> Claim | None:
        """Returns the kind of act that the match claims, or None if its verb does not fit."""
        verb = _KINDS[match["verb"]] if self.tense else None
        if self.only and verb not in self.only:
            return None
        return self.kind or verb


@dataclass(frozen=True)
class Rules:
    """The rules of one language."""

    verbs: Mapping[str, re.Pattern[str]]
    forms: Sequence[Form]
    excuses: Mapping[str, re.Pattern[str]]
    acts: Mapping[Claim, re.Pattern[str]]

    def marked(self, sentence: str) -> Mapping[str, str]:
        """Returns the sentence with the verbs of each tense marked, by tense; "" is the sentence itself.

        Forms find marks, so that none of them repeats all verbs: compiling those takes a second.
        """
        marks = {tense: verbs.sub(_mark, sentence) for tense, verbs in self.verbs.items()}
        return {"": sentence, **{tense: text for tense, text in marks.items() if BEGIN in text}}


def unmarked(text: str) -> str:
    """Returns a text without the marks of verbs."""
    return "".join(each for each in text if not "\ue000" <= each <= "\ue0ff")


@cache
def languages() -> Sequence[Rules]:
    """Returns the rules of all languages that have a file."""
    return [_read(file) for file in sorted(Path(__file__).parent.glob("*.json"))]


def _read(file: Path) -> Rules:
    data = json.loads(file.read_bytes())
    verbs = {tense: _verbs(kinds) for tense, kinds in data["verbs"].items()}
    phrases = [
        {"strength": "yours", "kind": kind, "form": form}
        for kind, forms in data["phrases"].items()
        for form in forms
    ]
    forms = [_form(each, data["words"], verbs) for each in (*data["forms"], *phrases)]
    acts = {Claim(kind): re.compile(rf"\b(?:{nouns})\b") for kind, nouns in data.get("acts", {}).items()}
    return Rules(verbs, forms, {name: re.compile(data[name]) for name in EXCUSES}, acts)


def _verbs(kinds: Mapping[str, str]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<{kind}>{verbs})" for kind, verbs in kinds.items())
    return re.compile(rf"\b(?:{groups})(?!\w)")


def _mark(verb: re.Match[str]) -> str:
    return f"{BEGIN}{_MARKS[str(verb.lastgroup)]}{verb[0]}{END}"


def _form(data: Mapping[str, Any], words: Mapping[str, str], verbs: Mapping[str, Any]) -> Form:
    written = data["form"]
    tense = next((tense for tense in verbs if f"{{{tense}}}" in written), "")
    verb = f"{BEGIN}(?P<verb>.)[^{END}]*{END}"
    for name, place in {**words, tense or "-": verb}.items():
        written = written.replace(f"{{{name}}}", place)
    kind = Claim(data["kind"]) if "kind" in data else None
    return Form(
        data["strength"], tense, re.compile(written), kind, frozenset(map(Claim, data.get("only", [])))
    )
