"""The parts that services stand on: lookups of records, proofs of identity, and private pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.answers import Answer, Asked
from shared.answers.services.lookups import Found, Value
from shared.conversation.acts import Act
from shared.models.service import Action
from shared.models.verification import Verified


class Lookups(Protocol):
    async def rows(self, asked: Asked, name: str, verified: Verified, of: str) -> Found:
        """Returns the rows of an action, for one of the person's own or for all (""). Raises Unavailable,
        NotTheirs."""
        ...

    async def change(
        self, asked: Asked, name: str, verified: Verified, of: str, key: str
    ) -> Mapping[str, Value]:
        """Changes a row, once for each `key`, and returns it. Raises Unavailable, NotTheirs."""
        ...


class Proving(Protocol):
    async def answer(self, asked: Asked) -> Answer | None:
        """Returns the answer to a code, or None if the turn gives none."""
        ...

    def ask(self, asked: Asked, profile: str, action: str = "") -> Answer:
        """Returns the question for the code of a profile, for the sake of an action if one is wished."""
        ...


@dataclass(frozen=True)
class Paged:
    """The link and the title of a private page, and the act that makes it."""

    link: str
    title: str
    act: Act


class Paging(Protocol):
    async def offer(
        self, asked: Asked, verified: Verified, name: str, action: Action, of: str, found: Found
    ) -> Paged:
        """Returns the link and title of a page with the rows, and the act that makes it with the turn."""
        ...
