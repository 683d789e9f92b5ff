"""Services as tools of the assistant: for a proven person their actions, for others the way to a service.

An identity is never an argument, and a model sees no record: the answer goes to the person as it is. A tool
changes nothing; it asks the person to confirm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, create_model

from shared.answers import Answer, Asked
from shared.answers.assistant.tools import Arguments, Claim, Refused, Registry, Result, Tool
from shared.answers.services import Services, offering, wording
from shared.answers.services.acting import ALL
from shared.models.parts import shortened
from shared.models.service import Offered
from shared.models.verification import Linked, Verified

#: Most answers of tools in one turn: each costs a call to its source.
ANSWERS = 3
#: Most characters of a tool's description, and most of the person's own that it names.
_DESCRIPTION, _NAMED = 600, 20
#: The argument for all of the person's own.
_ALL = "all"
_TOLD = "The person is shown the answer, below your own. Do not repeat it, and do not say what it may be."


@dataclass
class _Turn:
    """The answers of tools in one turn."""

    answers: int = 0

    def result(self, answer: Answer | None) -> Result:
        """Returns an answer as a tool's result. Raises Refused if there is none."""
        if answer is None:
            raise Refused("There is no such service for this person.")
        return Result(_TOLD, answer=answer)

    def count(self) -> None:
        """Counts an answer of this turn. Raises Refused if there were enough."""
        self.answers += 1
        if self.answers > ANSWERS:
            raise Refused("The person is shown enough in this turn.")


@dataclass(frozen=True)
class ActionTool:
    """One action of a proven person. Its argument `which` names one of the person's own, or all of them."""

    name: str
    description: str
    arguments: type[Arguments]
    own: Sequence[Linked]
    services: Services
    verified: Verified
    turn: _Turn
    claims: frozenset[Claim] = field(default_factory=frozenset)

    async def run(self, asked: Asked, arguments: Any) -> Result:
        self.turn.count()
        which = getattr(arguments, "which", None)
        named = [each.id for each in self.own if wording.called(each) == which]
        of = named[0] if len(named) == 1 else ALL if which == _ALL else None
        return self.turn.result(await self.services.act(asked, self.verified, self.name, of))


@dataclass(frozen=True)
class OpenService:
    """Opens a service that is offered to the person here, with the question for the proof if it needs one."""

    arguments: type[Arguments]
    description: str
    services: Services
    turn: _Turn
    name: str = "open_service"
    claims: frozenset[Claim] = field(default_factory=frozenset)

    async def run(self, asked: Asked, arguments: Any) -> Result:
        self.turn.count()
        return self.turn.result(await self.services.open(asked, arguments.service))


class Tools:
    """The tools of each person: those of all (`common`), and those of the services."""

    def __init__(self, common: Registry, services: Services) -> None:
        self._common, self._services = common, services

    def __call__(self, asked: Asked) -> Registry:
        """Returns the tools that the person of this turn has."""
        added = self._actions(asked) if asked.conversation.session.verified else self._opening(asked)
        return Registry([*self._common.tools, *added]) if added else self._common

    def _actions(self, asked: Asked) -> list[Tool]:
        verified, turn = asked.conversation.session.verified, _Turn()
        return [
            ActionTool(
                name,
                _described(
                    "Shows the person, who has proven their identity, their own records of this", [action]
                ),
                _arguments(own := wording.own(verified, action)),
                own,
                self._services,
                verified,
                turn,
            )
            for name, action in offering.theirs(asked, verified).items()
            if verified is not None
        ]

    def _opening(self, asked: Asked) -> list[Tool]:
        offered = offering.services(asked)
        if not offered:
            return []
        arguments = _opening(tuple(offered))
        told = "Opens a service if the person wants more than information, or their own data (notes, bills)"
        each = "; ".join(f"{name}: {_described('', [service])}" for name, service in offered.items())
        return [
            OpenService(arguments, shortened(f"{told}. {each}", _DESCRIPTION * 2), self._services, _Turn())
        ]


@lru_cache(maxsize=256)
def _opening(offered: tuple[str, ...]) -> type[Arguments]:
    """Returns the arguments for opening one of these services, made once for all people."""
    named: Any = Literal[offered]
    return create_model("Opening", __base__=Arguments, service=(named, ...))


def _arguments(own: Sequence[Linked]) -> type[Arguments]:
    """Returns the arguments of an action: which of the person's own, by name, if they have several."""
    names = dict.fromkeys(wording.called(each) for each in own[:_NAMED])
    if len(names) < 2:
        return Arguments
    which: Any = Literal[tuple(dict.fromkeys((*names, _ALL)))]
    told = Field(_ALL, description="One of the person's own, by the name; or all of them.")
    return create_model("Which", __base__=Arguments, which=(which, told))


def _described(told: str, offered: Iterable[Offered]) -> str:
    """Returns a description with the names and words of a thing in all languages."""
    phrases = [
        phrase
        for each in offered
        for phrase in (*each.names.values(), *(word for words in each.words.values() for word in words))
    ]
    return shortened(f"{told}: {', '.join(dict.fromkeys(phrases))}".removeprefix(": "), _DESCRIPTION)
