"""Parts of the function `handoff`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import Retry
from shared.models.events import HANDOFFS, HandoffEvent
from shared.platform.endpoint import Topics
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


class Due:
    async def run(self) -> dict[str, int]:
        return {}


@dataclass(frozen=True)
class HandoffParts:
    due: Due

    @property
    def topics(self) -> Topics:
        """Events of the topic that drives the function, and their handler."""
        return {"handoffs": (HANDOFFS, _wait)}


async def _wait(_: HandoffEvent) -> None:
    raise Retry("not_wired")


def wire(_: Ports, __: Directory) -> HandoffParts:
    return HandoffParts(Due())
