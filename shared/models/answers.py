"""A tenant's language models: how to reach each, which does what in which order, and their budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from shared.models.staff import Slug, Strict

#: The provider of a tenant without a language model: answers are entries of the knowledge, word for word.
OFFLINE = "offline"
#: The kinds of work that a model does for a tenant.
Task = Literal["answer", "understand", "summarise", "transcribe", "speak", "embed", "judge"]


class ModelEntry(Strict):
    """One language model: `format` is a file of `shared/llm`, `model` the vendor's name for it.

    `keys` are names in the secret store; they are used in turn. `url` is the address of the API, "" for the
    vendor's own. `voice` is the vendor's name for the voice of a model that speaks, "" for the format's
    default.
    """

    format: Slug
    model: str = Field("", max_length=200)
    keys: list[str] = Field([], max_length=10)
    url: str = Field("", max_length=500)
    voice: str = Field("", max_length=100)


class Budget(Strict):
    """The most that models may cost, in US dollars a day in the tenant's zone; None is no limit."""

    per_day: float | None = Field(None, gt=0)
    per_person: float | None = Field(None, gt=0)


class Answers(Strict):
    """The models that answer. `provider`, `model` and `secrets` are a short form for one model."""

    provider: Slug = OFFLINE
    model: str = ""
    secrets: dict[str, str] = {}
    models: dict[Slug, ModelEntry] = Field({}, max_length=20)
    #: The models of a task, the first choice first. Without an entry, all models answer, in their order, and
    #: nothing else is asked of a model.
    tasks: dict[Task, list[Slug]] = {}
    #: Time for an answer in all, and for its first attempt (s).
    seconds: float = Field(12.0, ge=2, le=40)
    first_seconds: float = Field(6.0, ge=1, le=40)
    #: Whether a second model is asked too while the first is slower than usual: quicker, and dearer.
    hedged: bool = False
    budget: Budget = Budget()
    #: Whether people who write by voice are answered by voice, if the answer is short and not to be read.
    voice: bool = False
    #: Domains to which answers may link, besides those of the knowledge's sources.
    links: list[str] = Field([], max_length=50)

    @property
    def entries(self) -> Mapping[str, ModelEntry]:
        """The models by name, those of the short form too."""
        if self.provider == OFFLINE:
            return self.models
        keys = [self.secrets["api_key"]] if "api_key" in self.secrets else []
        return {self.provider: ModelEntry(format=self.provider, model=self.model, keys=keys), **self.models}

    def order(self, task: Task) -> Mapping[str, ModelEntry]:
        """Returns the models for a task, the first choice first; empty if no model does it."""
        entries = self.entries
        names = self.tasks.get(task, list(entries) if task == "answer" else [])
        return {name: entries[name] for name in names if name in entries}
