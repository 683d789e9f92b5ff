"""Claims: sentences that say that an act was done, or promise it, in the languages of the files beside.

A form of sentence has one of these strengths, by which excuses count for it:

- `self`: an act of the speaker ("I have booked it"): excused by negations, questions, and, in the same
  clause, conditions and reported words;
- `promise`: one that the speaker announces ("I'll book it"): with a condition it is an offer;
- `ours`: an act of the organisation ("we have changed our hours"): as `self`, and if the passages say so;
- `yours`: a state of the person's own things ("your table has been booked"): a condition before it, or after
  it in the same clause, excuses it;
- `state`: the same in the present, which may be a habit ("your key is sent by mail"): its marks excuse it;
- `other`: a state of anything else ("the trip was cancelled"): as `state`, and if the passages say so;
- `short`: a whole sentence ("Booked!").

A verb of any act ("done", "processed") claims the acts that its sentence names, and DONE if it names none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.answers.assistant.guards.claims.rules import Rules, Strength, languages, unmarked
from shared.answers.assistant.guards.notation import plain
from shared.answers.assistant.guards.stems import sentences, stems
from shared.answers.assistant.tools import Claim
from shared.language.folding import folded

#: The boundary of a clause.
_CLAUSE = re.compile(r"[,;:()]|\s[-–—]\s")
#: Least share of a sentence's words, and least number, that a passage has if it says the same.
_SAME, _SHARED = 0.6, 2
#: Strengths that a passage with the same words excuses, and those that only the same sentence does.
_OURS, _QUOTED = ("ours", "other"), ("yours", "state")

#: Whether the passages tell of an act, by its sentence, the words that claim it, and the form's strength.
_Told = Callable[[str, str, Strength], bool]


@dataclass(frozen=True)
class Claimed:
    """A sentence that claims acts of these kinds."""

    sentence: str
    kinds: frozenset[Claim]


def claimed(text: str, passages: Iterable[str] = ()) -> list[Claimed]:
    """Returns the sentences of the text that claim an act.

    A passage may tell of the organisation's own acts ("The trip was cancelled."), with the words of the claim
    too, and its sentences may be repeated word for word, unless the speaker is their subject.
    """
    published = list(passages)
    known = [stems(passage) for passage in published]
    written = {folded(sentence) for passage in published for sentence in sentences(passage)}

    def told(sentence: str, act: str, strength: Strength) -> bool:
        if strength in _OURS:
            ours, least = stems(sentence), stems(act)
            return any(
                least <= theirs and len(ours & theirs) >= max(_SHARED, _SAME * len(ours)) for theirs in known
            )
        return strength in _QUOTED and folded(sentence) in written

    found = ((sentence, _kinds(sentence, told)) for sentence in sentences(text))
    return [Claimed(sentence, kinds) for sentence, kinds in found if kinds]


def _kinds(sentence: str, told: _Told) -> frozenset[Claim]:
    found: set[Claim] = set()
    written = " ".join(plain(sentence).split())
    for rules in languages():
        marked = rules.marked(written)
        for form in rules.forms:
            for match in form.pattern.finditer(marked.get(form.tense, "")):
                kind = form.claim(match)
                if kind and kind not in found and not _excused(match, form.strength, rules, told):
                    found.add(kind)
    return frozenset(found - {Claim.DONE} | _named(written)) if Claim.DONE in found else frozenset(found)


def _named(sentence: str) -> set[Claim]:
    """Returns the acts that a sentence names by their nouns, in any language, or DONE if it names none."""
    found = {kind for rules in languages() for kind, nouns in rules.acts.items() if nouns.search(sentence)}
    return found or {Claim.DONE}


def _excused(match: re.Match[str], strength: Strength, rules: Rules, told: _Told) -> bool:
    """Whether the words around a match take its claim away."""
    has = {name: pattern.search for name, pattern in rules.excuses.items()}
    before, clause, after = _around(match)
    sentence, up_to = unmarked(match.string), unmarked(match.string[: match.end()])
    if has["negation"](clause) or _asks(match) or has["reported"](before):
        return True
    own = strength in ("self", "ours")
    if has["condition"](before if own else up_to) or (not own and has["condition"](after)):
        return True
    if strength in ("state", "other") and has["habit"](sentence):
        return True
    said = unmarked(match.string[match.start() :])
    if strength != "self" and any(each.excuses["purpose"].search(said) for each in languages()):
        return True  # in any language: Portuguese forms match Spanish sentences too
    if strength == "ours" and rules.excuses["own"].match(after):
        return True
    return told(sentence, unmarked(match[0]), strength)


def _around(match: re.Match[str]) -> tuple[str, str, str]:
    """Returns the match's clause before it, up to its end, and after it."""
    text = match.string
    begin = max((each.end() for each in _CLAUSE.finditer(text, 0, match.start())), default=0)
    end = _CLAUSE.search(text, match.end())
    parts = (
        text[begin : match.start()],
        text[begin : match.end()],
        text[match.end() : end.start() if end else len(text)],
    )
    before, clause, after = map(unmarked, parts)
    return before, clause, after


def _asks(match: re.Match[str]) -> bool:
    """Whether the match's clause is a question: its mark comes before any other boundary."""
    rest = match.string[match.end() :]
    end, mark = _CLAUSE.search(rest), rest.find("?")
    return mark >= 0 and (end is None or mark < end.start())
