"""Reading of a model's answer: it counts as known only with a passage of the request as its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from shared.answers import Asked
from shared.answers.assistant.prompt import PASSAGES, Shape
from shared.answers.grounding import with_sources
from shared.errors import Retry
from shared.formats import wire
from shared.knowledge.passage import Passage
from shared.llm import Completion


@dataclass(frozen=True)
class Reading:
    """A model's answer: `known` if a passage holds it; `sources` are the ids of the passages it used."""

    text: str
    known: bool
    wants_human: bool = False
    sources: list[str] = field(default_factory=list)


def read(completion: Completion, asked: Asked, passages: Sequence[Passage]) -> Reading:
    """Returns a completion as a reading. Raises Retry if it is refused, cut off, empty or malformed."""
    if completion.stop in ("refused", "cut_off"):
        raise Retry(f"model_{completion.stop}")
    try:  # pydantic's own parser refuses half an emoji, which models write at times
        said = Shape.model_validate(wire.loads(completion.text.encode(errors="replace")))
    except ValidationError:
        raise Retry("model_garbled" if completion.text.strip() else "model_empty") from None
    text = said.answer.strip()
    if not text:
        raise Retry("model_empty")
    used = [passage for passage in passages[:PASSAGES] if passage.id in said.sources]
    if not (said.known and used):
        return Reading(text, known=False, wants_human=said.wants_human)
    words = with_sources(asked.tenant, text, used, asked.words.language)
    return Reading(words, True, said.wants_human, [passage.id for passage in used])
