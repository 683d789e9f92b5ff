"""Who may ask a simulated gateway how it is, and the phone that scans its code.

POST /_sim/pairing {"tenant", "channel", "paired"} loses a pairing, or scans the code. A gateway begins paired
and posting to us: the demonstration is of messages.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from scripts.local.sim.answers import model
from scripts.local.sim.directory import Directory
from scripts.local.sim.gateway import Gateway, Problem
from scripts.local.sim.gateways import GATEWAYS
from scripts.local.sim.sessions import Session, registered
from scripts.local.sim.settings import SimSettings
from shared.errors import Rejected
from shared.platform.endpoint import read


class _Pairing(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    tenant: str
    channel: str
    paired: bool


class Administered:
    """The sessions of all channels. They live as long as the run."""

    def __init__(self, settings: SimSettings, directory: Directory) -> None:
        self._directory = directory
        self._sessions = {
            (channel.tenant, channel.channel): (channel.kind, session)
            for tenant in settings.tenants
            for channel in tenant.channels
            if (session := registered(channel, _webhook(settings.origin, channel.tenant, channel.channel)))
        }

    def routes(self) -> list[BaseRoute]:
        """Before what passes messages: a vendor has one address for all of it."""
        calls = {
            (kind, method, path)
            for kind, session in self._sessions.values()
            for method, path in session.calls
        }
        return [
            Route("/_sim/pairing", self._pair, methods=["POST"]),
            *(
                Route(f"/_sim/{kind}/{path}", self._endpoint(kind), methods=[method])
                for kind, method, path in sorted(calls)
            ),
        ]

    def _endpoint(self, kind: str) -> Callable[[Request], Awaitable[Response]]:
        gateway, prefix = GATEWAYS[kind], f"/_sim/{kind}/"

        async def endpoint(request: Request) -> Response:
            session = await self._asked(gateway, request)
            if session is None:
                return gateway.refuse(Problem(401, "Unauthorized"))
            path = request.url.path.partition(prefix)[2]
            raw = await read(request)
            try:
                return session.do(request.method, path, json.loads(raw) if raw else None)
            except ValueError as wrong:
                return gateway.refuse(Problem(gateway.invalid, str(wrong)))

        return endpoint

    async def _asked(self, gateway: Gateway, request: Request) -> Session | None:
        channel = await self._directory.by_api_key(gateway.kind, gateway.token(request))
        return self._sessions[channel.tenant, channel.channel][1] if channel else None

    async def _pair(self, request: Request) -> Response:
        asked = await model(request, _Pairing)
        _, session = self._sessions.get((asked.tenant, asked.channel), ("", None))
        if session is None:
            raise Rejected(404, "no such tenant or channel, or one without a gateway")
        session.pair(paired=asked.paired)
        return Response(status_code=204)


def _webhook(origin: str, tenant: str, channel: str) -> str:
    return f"{origin}/webhook/{tenant}/{channel}"
