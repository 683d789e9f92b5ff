"""The part of the router of models that the core asks: the tasks of a tenant's models, and their answers."""

from __future__ import annotations

from typing import Protocol

from shared import llm
from shared.models.answers import Task
from shared.models.tenant import Tenant


class Routed(Protocol):
    """A model's answer. `entry` is the tenant's name of the model, `cost` its price in US dollars."""

    @property
    def completion(self) -> llm.Completion: ...
    @property
    def entry(self) -> str: ...
    @property
    def cost(self) -> float: ...


class Router(Protocol):
    """Tries a tenant's models for a task in their order."""

    def does(self, tenant: Tenant, task: Task) -> bool:
        """Whether any model of the tenant does this."""
        ...

    async def complete(
        self, tenant: Tenant, task: Task, request: llm.Request, *, within: float | None = None
    ) -> Routed:
        """Returns the first model's answer, within so many seconds. Raises Retry if no model answered."""
        ...

    async def transcribe(self, tenant: Tenant, sound: llm.File, language: str, *, within: float) -> Routed:
        """Returns the words in a sound; `language` (ISO 639-1) is the likely one. Raises Retry."""
        ...

    async def speak(self, tenant: Tenant, text: str, language: str, *, within: float) -> Routed:
        """Returns the text as a sound, Opus in Ogg, in its one part; `language` (ISO 639-1) is its own.

        Raises Retry.
        """
        ...

    async def write_usage(self, tenant: str) -> None:
        """Writes the usage of a tenant's models that is not written yet: after a turn, or other work."""
        ...
