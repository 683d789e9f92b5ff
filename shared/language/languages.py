"""The languages that we ship: one file each in data/, named by its code (ISO 639).

A file is read once, when first needed. Words in it are written as people write them, and folded here:

- `everyday`: words without content of their own (articles, pronouns, greetings, ways of asking); they
  identify a language, and the index leaves them out of a question;
- `alike`: groups of synonyms; a word in one has content for the index, even if it is also an everyday word;
- `letters`: letters that only this one of the languages has;
- `commands`: whole messages that are a command; `polite`: words that may surround a word for a human;
- `identity`: words of the question "are you a robot?", see shared/language/identity.py;
- `human`: ways to ask for a human, see shared/language/human.py;
- `emergency`: phrases that say that somebody is in danger, see shared/understanding/reader.py;
- `titles`: forms of address in a greeting; `hanging`: words that no finished sentence ends with;
- `codes`: words before a code that a person types;
- `numbering`: words before the number of a choice; `days`: Monday first; `texts`: the fixed texts;
- `wishes`: words around a wish for a service, see shared/language/wishes.py;
- `menu`: descriptions of the commands that a channel lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.language.folding import folded
from shared.models.tenant import Tenant

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Language:
    """One language's words, folded, and its texts. `name` is in English."""

    name: str
    days: Sequence[str]
    letters: str
    everyday: frozenset[str]
    alike: Sequence[frozenset[str]]
    commands: Mapping[str, frozenset[str]]
    identity: Mapping[str, frozenset[str]]
    human: Sequence[Mapping[str, Sequence[str]]]
    polite: frozenset[str]
    titles: frozenset[str]
    hanging: frozenset[str]
    numbering: frozenset[str]
    codes: frozenset[str]
    wishes: Mapping[str, frozenset[str]]
    emergency: frozenset[str]
    menu: Mapping[str, str]
    texts: Mapping[str, str]


@cache
def shipped() -> Mapping[str, Language]:
    """Returns every language that we ship, by its code, in alphabetical order."""
    return {path.stem: _language(json.loads(path.read_bytes())) for path in sorted(DATA.glob("*.json"))}


@cache
def hanging() -> frozenset[str]:
    """Returns the words with which no finished sentence ends, in all languages."""
    return frozenset[str]().union(*(language.hanging for language in shipped().values()))


def first_shipped(tenant: Tenant, language: str) -> Language:
    """Returns the language if we ship it, else the first of the tenant's that we ship, else English."""
    ours = shipped()
    return next(ours[code] for code in (language, *tenant.languages, "en") if code in ours)


def name(tenant: Tenant, language: str) -> str:
    """Returns the English name of the language for prompts, or a phrase with its code if it is unknown."""
    if found := shipped().get(language) or tenant.languages_added.get(language):
        return found.name
    return f"the language of code {language!r}"


def _language(data: Mapping[str, Any]) -> Language:
    listed = ("everyday", "polite", "titles", "hanging", "numbering", "codes")
    words = {key: _words(data[key]) for key in listed}
    alike = [_words(group) for group in data["alike"]]
    commands = {command: frozenset(map(folded, phrases)) for command, phrases in data["commands"].items()}
    emergency = frozenset(map(folded, data["emergency"]))
    wishes = {kind: frozenset(map(folded, phrases)) for kind, phrases in data["wishes"].items()}
    identity = {kind: frozenset(map(folded, phrases)) for kind, phrases in data["identity"].items()}
    groups = {"alike": alike, "commands": commands, "wishes": wishes, "emergency": emergency}
    groups |= {"identity": identity}
    return Language(**{**data, **words, **groups})


def _words(written: Iterable[str]) -> frozenset[str]:
    return frozenset(folded(" ".join(written)).split())
