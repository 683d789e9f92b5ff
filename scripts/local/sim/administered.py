"""The session of each simulated gateway, and the phone that scans its code.

POST /_sim/pairing {"tenant", "channel", "paired"} ends a pairing, or scans the code. A gateway starts paired
and posting to our webhook, so that the demonstration can begin with messages.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from scripts.local.sim.settings import SimSettings
from scripts.local.vendors.registry import SESSIONS
from scripts.local.vendors.requests import model
from scripts.local.vendors.session import Session
from shared.errors import Rejected


class _Pairing(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    tenant: str
    channel: str
    paired: bool


class Administered:
    """The sessions of all channels, by tenant and channel. They last as long as the run."""

    def __init__(self, settings: SimSettings) -> None:
        self._sessions: dict[tuple[str, str], tuple[str, Session]] = {}
        for channel in (each for tenant in settings.tenants for each in tenant.channels):
            if channel.kind in SESSIONS:
                address = f"{settings.origin}/webhook/{channel.tenant}/{channel.channel}"
                session = SESSIONS[channel.kind].registered(channel, address)
                self._sessions[channel.tenant, channel.channel] = channel.kind, session

    def of(self, kind: str) -> dict[tuple[str, str], Session]:
        """Returns the sessions of one kind of gateway."""
        return {place: session for place, (its, session) in self._sessions.items() if its == kind}

    def routes(self) -> list[BaseRoute]:
        return [Route("/_sim/pairing", self._pair, methods=["POST"])]

    async def _pair(self, request: Request) -> Response:
        asked = await model(request, _Pairing)
        _, session = self._sessions.get((asked.tenant, asked.channel), ("", None))
        if session is None:
            raise Rejected(404, "no such tenant or channel, or one without a gateway")
        session.pair(paired=asked.paired)
        return Response(status_code=204)
