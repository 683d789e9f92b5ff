"""Reading of a model's answer: it counts as known only with a passage of the request as its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.answers import Asked
from shared.answers.assistant.prompt import Shape
from shared.answers.grounding import with_sources
from shared.answers.structured import shaped
from shared.errors import Retry
from shared.knowledge.passage import Passage
from shared.llm import Completion

#: Most characters of a completion that are read.
LONGEST = 50_000


@dataclass(frozen=True)
class Reading:
    """A model's answer: `known` if a passage holds it; `sources` are the ids of the passages it used.

    `text` ends with the sources' names, `said` is the answer alone. `outside` if the person wants something
    that the tenant's concierge is not for.
    """

    text: str
    known: bool
    wants_human: bool = False
    sources: list[str] = field(default_factory=list)
    said: str = ""
    cited: list[Passage] = field(default_factory=list)
    outside: bool = False


def read(completion: Completion, asked: Asked, passages: Sequence[Passage]) -> Reading:
    """Returns a completion as a reading. Raises Retry if it is refused, cut off, empty or malformed."""
    said = shaped(completion, Shape, _object(completion.text))
    text = said.answer.strip()
    if not text:
        raise Retry("model_empty")
    used = list({passage.id: passage for passage in passages if passage.id in said.sources}.values())
    if not (said.known and used):
        return Reading(text, False, said.wants_human, said=text, outside=said.outside)
    words = with_sources(asked.tenant, text, used, asked.words.language)
    ids = [passage.id for passage in used]
    return Reading(words, True, said.wants_human, ids, text, used, said.outside)


def _object(text: str) -> str:
    """Returns the JSON object in a text that models like to put between words or in a code block, "" if it
    has none."""
    begin, end = text.find("{"), text.rfind("}")
    return "" if begin < 0 or len(text) > LONGEST else text[begin : end + 1]
