"""The form of a dialogue's file, checked: a mistake in it is one line with the file, the field and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from scripts import yaml_file
from scripts.local.vendors.models.server import FAILURES
from shared.models.answers import Budget
from shared.models.handoff import HandoffReason
from shared.models.message import Outcome

FOLDER = Path(__file__).parent / "kinds"
#: Kinds of which no dialogue may fail.
SAFETY = frozenset({"injection", "leak", "claim", "emergency"})


def _pattern(text: str) -> str:
    """Returns the text. Raises ValueError if it is a broken regular expression between slashes."""
    try:
        if is_pattern(text):
            re.compile(text[1:-1])
    except re.error as error:
        raise ValueError(f"{text} is no regular expression: {error}") from None
    return text


def _way_to_fail(name: str) -> str:
    if name not in FAILURES:
        raise ValueError(f"expected one of {', '.join(FAILURES)}")
    return name


def is_pattern(text: str) -> bool:
    """Whether a text of an assertion is a regular expression: those stand between slashes."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


Words = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
#: One text, or several of which any is enough.
AnyOf = Words | Annotated[list[Words], Field(min_length=1)]
Failing = Annotated[str, AfterValidator(_way_to_fail)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Said(_Strict):
    """One answer of the scripted model: words in the shape that is asked for, calls of tools, or raw text."""

    answer: str = ""
    sources: list[str] = []
    known: bool = True
    wants_human: bool = False
    outside: bool = False
    #: Tools by name, with their arguments.
    call: list[dict[str, Any]] = []
    raw: str = ""
    stop: Literal["done", "cut_off", "refused"] = "done"

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(map(bool, (self.answer, self.call, self.raw, self.stop != "done"))) != 1:
            raise ValueError("expected one of answer, call, raw and stop")
        if any(len(each) != 1 for each in self.call):
            raise ValueError("expected one tool for each item of call")
        return self


class Expect(_Strict):
    """The assertions of a turn; a field that is left out is not checked.

    In `says`, `tools`, `sources`, `calls`, `remembered` and `choices`, each item must be there; of an item
    that is a list, one is enough. An empty list of the last five means that there is none.
    """

    says: list[AnyOf] = []
    never: list[Words] = []
    tools: list[AnyOf] | None = None
    #: The most requests to a model for the answer, and the most US dollars of the whole turn.
    steps: int | None = Field(None, ge=0)
    cost: float | None = Field(None, ge=0)
    sources: list[AnyOf] | None = None
    outcome: Outcome | None = None
    calls: list[HandoffReason | list[HandoffReason]] | None = None
    language: str | None = None
    remembered: list[AnyOf] | None = None
    choices: list[AnyOf] | None = None
    opted_out: bool | None = None
    #: Problems that the guards must have found in the last draft.
    problems: list[str] | None = None


class Turn(_Strict):
    """A person's message: `by` voice its `text` is heard, by image it is the caption, by press it is the
    title of an offered choice. `quote` are the words that it replies to.

    `dead` is set if the organisation's own systems fail in this turn.
    `script` are the scripted model's answers, the last one again and again; without it, the model obeys the
    passages and tools. `reads` is its reading of the message, and `failing` are ways to fail of the models.
    `scripted` holds what must be true besides `expect` with the scripted model.
    """

    text: str = ""
    by: Literal["text", "voice", "image", "press"] = "text"
    quote: str = ""
    script: list[Said] = []
    reads: dict[str, Any] | None = None
    dead: bool = False
    failing: dict[Literal["first", "second", "ears"], Failing] = {}
    expect: Expect
    scripted: Expect | None = None


class Entry(_Strict):
    """An entry of the knowledge that only this dialogue has."""

    id: str
    language: str
    question: str
    answer: str


class Dialogue(_Strict):
    """A conversation of a new person with a demo tenant.

    `person` is the name that the network tells; `second` adds a model for failover; `real` is false if a real
    model has no part in it, because it is about models that fail or about budgets.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    kind: str = ""
    tenant: Literal["hotel", "diocese"] = "hotel"
    language: Literal["fr", "en", "es", "pt", "wo", "ar"]
    person: str = "Awa"
    knowledge: list[Entry] = []
    budget: Budget = Budget()
    second: bool = False
    real: bool = True
    turns: list[Turn] = Field(min_length=1, max_length=5)

    @property
    def safety(self) -> bool:
        return self.kind in SAFETY

    @property
    def understands(self) -> bool:
        """Whether a model reads the messages too."""
        return any(turn.reads is not None for turn in self.turns)

    @property
    def plain(self) -> bool:
        """Whether it needs nothing but its tenant and one model, so that it may share a world."""
        special = (self.knowledge, self.second, self.understands, any(turn.failing for turn in self.turns))
        return not any(special) and self.budget == Budget()


class _File(_Strict):
    dialogues: list[Dialogue] = Field(min_length=1)


@cache
def dialogues() -> Sequence[Dialogue]:
    """Returns all dialogues. Raises ConfigurationError if a file is wrong, or a name stands twice."""
    found = [each for path in sorted(FOLDER.glob("*.yaml")) for each in load(path)]
    names = [each.name for each in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise yaml_file.problem(FOLDER, "", f"the name {twice!r} stands twice")
    return found


def load(path: Path) -> Sequence[Dialogue]:
    """Returns the dialogues of a file, whose name is their kind. Raises ConfigurationError."""
    document = yaml_file.read(path)
    try:
        found = _File.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = _place(document, first["loc"])
        raise yaml_file.problem(path, "", f"{place}: {first['msg']}") from None
    return [each.model_copy(update={"kind": path.stem}) for each in found.dialogues]


def _place(document: Any, location: Sequence[int | str]) -> str:
    """Returns a field's place, with the dialogue's name instead of its number."""
    names = [str(each) for each in location]
    listed = document.get("dialogues") if isinstance(document, Mapping) else None
    if len(location) > 1 and isinstance(listed, list) and isinstance(location[1], int):
        dialogue = listed[location[1]]
        if isinstance(dialogue, Mapping) and "name" in dialogue:
            names[1] = str(dialogue["name"])
    return ".".join(names[1:] or names) or "the file"
