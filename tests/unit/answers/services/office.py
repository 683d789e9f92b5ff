"""A parish that offers services, with stand-ins for its records, and a person in conversation with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.models.parts import Choices, Pressed
from shared.wiring import services as wiring
from tests.fakes.parish import offer
from tests.fakes.register import Codes, Pages, Register
from tests.world import FakePlugins, World


class Office(World):
    """A world whose tenant offers services. Use `opened` to make one."""

    register: Register
    pages: Pages

    async def press(self, id: str, title: str = "") -> None:
        """Presses a choice of this id, also one that was never offered."""
        event = self.message(title or id)
        event.parts = [Pressed(id=id, title=title)]
        await self.receive(event)
        await self.pump()

    @property
    def last(self) -> str:
        """The words of the last message to the person."""
        return self.texts()[-1]

    @property
    def offered(self) -> dict[str, str]:
        """The choices of the last message to the person, by their titles."""
        part = self.channel.parts[-1]
        return {each.title: each.id for each in part.choices} if isinstance(part, Choices) else {}

    async def history(self) -> str:
        return "\n".join(line.text for line in (await self.conversation()).history)

    async def prove(self, code: str, service: str = "parents") -> None:
        await self.press(f"service:{service}")
        await self.say(code)


async def opened(folder: Path, patch: pytest.MonkeyPatch, **tenant: Any) -> Office:
    """Returns an office without a message yet."""
    register, codes, pages = Register(), Codes(), Pages()

    def proving(_ports: object, _directory: object, _lookups: object, services: Any) -> Codes:
        codes.services = services
        return codes

    patch.setattr(wiring, "_lookups", lambda *_: register)
    patch.setattr(wiring, "_proving", proving)
    patch.setattr(wiring, "_paging", lambda *_: pages)
    office = Office(folder)
    office.register, office.pages = register, pages
    office.rebuild(FakePlugins(office))
    await office.begin(**{**offer(), **tenant})
    return office
