"""Words about voice notes: those that were heard in doubt are repeated, and missed ones are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.answers import Answer, Asked
from shared.language.commands import CONSENTS
from shared.language.texts import text
from shared.models.message import Inbound
from shared.models.parts import Choices, Media, Part, Text, shortened
from shared.understanding.reader import Danger

#: Most characters of the words that are repeated back.
_LENGTH = 300
#: Most characters of a text with choices (models/parts.py).
_LONGEST = 1_024


def with_heard(asked: Asked, answer: Answer) -> Answer:
    """Returns the answer, before it the words that were heard if they are in doubt, and after it that a voice
    note could not be heard.

    Help in an emergency is announced without a word before it, and a secret is not repeated.
    """
    if not answer.parts or asked.batch[-1].staff:
        return answer
    tenant, language = asked.tenant, asked.words.language
    parts = list(answer.parts)
    heard = [sound for sound in sounds(asked.batch) if sound.heard]
    repeated = not asked.words.urgent and not answer.concealed
    if heard and repeated and (any(each.unclear for each in heard) or _doubtful(asked, answer)):
        words = shortened(" ".join(" ".join(each.heard for each in heard).split()), _LENGTH)
        parts = _before(text(tenant, language, "heard", words=words), parts)
    if answer.why != UNHEARD and (missed := unheard(asked.batch)):
        parts.append(Text(text=text(tenant, language, missed)))
    return replace(answer, parts=parts)


#: The `why` of an answer that says only that a voice note could not be heard.
UNHEARD = "unheard"


def sounds(batch: Sequence[Inbound]) -> list[Media]:
    """Returns the voice notes and other sounds of a turn."""
    return [part for message in batch for part in message.parts if isinstance(part, Media) and part.sound]


def unheard(batch: Sequence[Inbound]) -> str:
    """Returns the key of the text about a sound that could not be heard, "" if all could."""
    reasons = [sound.unheard for sound in sounds(batch) if sound.unheard]
    if not reasons:
        return ""
    return "unheard_long" if set(reasons) <= {"too_long", "too_many"} else "unheard"


def _doubtful(asked: Asked, answer: Answer) -> bool:
    """Whether a mistake in hearing would matter, or explain the answer."""
    words, why = asked.words, answer.why
    unknown = why.endswith(":unknown") or why.startswith("offer:") or "no_answer" in answer.calls
    return unknown or words.danger == Danger.DOUBT or words.may_opt_out or words.command in CONSENTS


def _before(words: str, parts: Sequence[Part]) -> list[Part]:
    """Returns the parts with the words before them, in the first of them if it has room."""
    first, *others = parts
    if isinstance(first, Text) or (
        isinstance(first, Choices) and len(words) + len(first.text) < _LONGEST - 2
    ):
        return [first.model_copy(update={"text": f"{words}\n\n{first.text}"}), *others]
    return [Text(text=words), *parts]
