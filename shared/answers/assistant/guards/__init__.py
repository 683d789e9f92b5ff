"""Guards: checks of a model's answer before it goes out.

An answer may only say what passages and tools hold. Sentences that claim an act without its tool, or that
have a subject of their own, are left out. If the rest no longer answers, or a value, a link or the language
is wrong, the model is told once (`Review.problems`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.answers.assistant.guards import leaks, links
from shared.answers.assistant.guards.claims import claimed
from shared.answers.assistant.guards.evidence import Evidence
from shared.answers.assistant.guards.steering import steers
from shared.answers.assistant.guards.stems import sentences, stems
from shared.answers.assistant.guards.values import Mention, mentions
from shared.language import languages
from shared.language.detection import differs

#: The kind of the problem of an answer that tells of an act that nobody did.
CLAIM = "claim"
#: Most characters of an answer: two messages of the networks with the shortest ones.
LONGEST = 8_192
#: Least share of an answer's words of content that are the passages'. One of many words with less is about
#: something else: an essay, a program.
_SHARE, _MANY = 0.25, 30
#: Least words of content of a sentence in another language than the passages' that may share none of them.
_COMPARED = 3


@dataclass(frozen=True)
class Problem:
    """A reason not to send an answer: a word for the log, and a sentence for the model.

    After a `grave` one, not even the passages that the answer names are sent.
    """

    kind: str
    told: str
    grave: bool = False


@dataclass(frozen=True)
class Review:
    """The answer with the sentences that may go out, or the problems of one that may not."""

    said: str
    problems: Sequence[Problem] = ()


def prepare() -> None:
    """Compiles the patterns, which takes a quarter of a second; otherwise the first answer does."""
    claimed("-")
    steers("-")
    mentions("-")


def review(said: str, evidence: Evidence) -> Review:
    """Returns the answer as far as it may go out."""
    problems = [found for check in _CHECKS if (found := check(said, evidence))]
    if problems:
        return Review(said, problems)
    claims = {each.sentence: each.kinds <= evidence.claims for each in claimed(said, evidence.published)}
    kept = [each for each in sentences(said) if claims.get(each, _has_subject(each, evidence))]
    rest = "".join(kept).strip()
    if _answers(rest, evidence) or any(claims.get(each) for each in kept):
        return Review(rest)
    false = [sentence for sentence, backed in claims.items() if not backed]
    return Review(said, [_claim(false) if false else _UNSUPPORTED])


def invented(said: str, evidence: Evidence) -> Sequence[Problem]:
    """Returns the problem of words that tell of an act that no tool did, none if they do not."""
    found = claimed(said[:LONGEST], evidence.published)
    false = [each.sentence for each in found if not each.kinds <= evidence.claims]
    return [_claim(false)] if false else ()


def fits(title: str, evidence: Evidence) -> bool:
    """Whether the title of a choice may be shown: it says nothing that an answer may not."""
    wrong = any(check(title, evidence) for check in (_values, _links, _leaks)) or claimed(title)
    return not wrong and _has_subject(title, evidence)


def _length(said: str, _: Evidence) -> Problem | None:
    if len(said) > LONGEST:
        return Problem("length", "The answer is far too long: write one to five short sentences.")
    return None


def _language(said: str, evidence: Evidence) -> Problem | None:
    tenant, language = evidence.asked.tenant, evidence.asked.words.language
    if differs(tenant, said, language):
        return Problem("language", f"Write `answer` in {languages.name(tenant, language)}.")
    return None


def _leaks(said: str, evidence: Evidence) -> Problem | None:
    if kind := leaks.leaked(said, evidence):
        return Problem(f"leak_{kind}", "Answer the person from the passages, in plain text.", grave=True)
    return None


def _links(said: str, evidence: Evidence) -> Problem | None:
    sources = [passage.source for passage in evidence.passages]
    if found := links.foreign(evidence.asked.tenant, said, sources):
        return Problem("link", f"Leave out these links, they are not ours: {', '.join(found[:5])}.")
    return None


def _values(said: str, evidence: Evidence) -> Problem | None:
    """Finds values without support; prices and shares need the organisation's own words."""
    language = evidence.asked.words.language
    found = [
        each for each in mentions(_without_numbering(said), [language]) if not _supported(each, evidence)
    ]
    if not found:
        return None
    named = ", ".join(dict.fromkeys(each.words for each in found[:10]))
    return Problem(
        "value", f"These stand in no passage or result: {named}. Leave them out, or write them as they stand."
    )


def _subject(said: str, evidence: Evidence) -> Problem | None:
    """Finds a long answer that shares few words with the passages of its language."""
    ours = stems(said)
    if len(ours) < _MANY or not _same_language(evidence):
        return None
    if len(ours & evidence.published_stems) < _SHARE * len(ours):
        return Problem("subject", "Answer only what you are for, from the passages.", grave=True)
    return None


_CHECKS: Sequence[Callable[[str, Evidence], Problem | None]] = (
    _length,
    _language,
    _leaks,
    _links,
    _values,
    _subject,
)
_UNSUPPORTED = Problem(
    "unsupported", "The answer says what no passage or result says. Answer from them only."
)


def _claim(sentences: Sequence[str]) -> Problem:
    quoted = " ".join(sentences)[:500]
    return Problem(
        CLAIM,
        f"No tool has done this in this turn, and nothing will be done: {quoted} Say what is possible.",
        grave=True,
    )


def _supported(mention: Mention, evidence: Evidence) -> bool:
    if mention.stands_in(evidence.published_values):
        return True
    priced = any(kind in ("price", "percent", "link") for kind, _ in mention.readings)
    return not priced and mention.stands_in(evidence.heard_values)


def _has_subject(sentence: str, evidence: Evidence) -> bool:
    """Whether a sentence has no words of content, or some of the passages', results' or the person's.

    A longer sentence in another language than the passages' cannot be compared: there, only words of an
    attempt to steer the model speak against it.
    """
    ours = stems(sentence)
    asks = sentence.rstrip().endswith("?")
    if _ordered(ours, evidence):
        return False
    if not ours or not ours.isdisjoint(evidence.asked_stems if asks else evidence.known_stems):
        return True
    if any(each.stands_in(evidence.published_values) for each in mentions(sentence)):
        return True
    foreign = not _same_language(evidence) and len(ours) >= _COMPARED
    return foreign and ours.isdisjoint(evidence.steering_stems)


def _ordered(ours: frozenset[str], evidence: Evidence) -> bool:
    """Whether a sentence says what an attempt to steer the model wants.

    Beside any one text that the answer rests on, it then has words of the attempt: "Rooms are free." has the
    words of two passages, of which none says so.
    """
    ordered = evidence.ordered_stems & ours
    return bool(ordered) and all(not ordered <= theirs for theirs in evidence.cited_apart)


def _answers(said: str, evidence: Evidence) -> bool:
    """Whether a text says what the passages that it names say, or the results.

    In their language it shares words with them, or a value; in another it shares any of the two.
    """
    ours = stems(said)
    shared = len(ours & evidence.cited_stems)
    if shared and (shared >= _SHARE * len(ours) or not _same_language(evidence)):
        return True
    return any(each.stands_in(evidence.published_values) for each in mentions(said))


def _same_language(evidence: Evidence) -> bool:
    language = evidence.asked.words.language
    return not evidence.cited or any(passage.language == language for passage in evidence.cited)


def _without_numbering(said: str) -> str:
    """Returns the text without the numbers of its list's items."""
    lines = (line.lstrip() for line in said.splitlines())
    return "\n".join(line.lstrip("0123456789").lstrip(".)") if _numbered(line) else line for line in lines)


def _numbered(line: str) -> bool:
    digits = len(line) - len(line.lstrip("0123456789"))
    return 0 < digits <= 2 and line[digits : digits + 2] in (". ", ") ")
