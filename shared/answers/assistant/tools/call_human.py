"""Calls a person of the team into the conversation."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from shared.answers import Asked
from shared.answers.assistant.tools import Arguments, Claim, Result


class Call(Arguments):
    reason: Literal["asked", "no_answer", "mood", "danger"] = Field(
        description="asked: the person wants a person, or something that only the team can do;"
        " no_answer: nothing published answers; mood: the person is unhappy; danger: somebody is in danger."
    )


class CallHuman:
    name: ClassVar[str] = "call_human"
    description: ClassVar[str] = (
        "Asks the team to come into this conversation; they see all of it. The person is told when somebody"
        " answers: do not promise a time."
    )
    arguments: ClassVar[type[Arguments]] = Call
    claims: ClassVar[frozenset[Claim]] = frozenset({Claim.PASSED_ON})

    async def run(self, _: Asked, arguments: Call) -> Result:
        return Result("The team is asked to come.", calls=(arguments.reason,))
