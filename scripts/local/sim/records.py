"""The organisations' own systems in the simulation, with the demo tenants' data, and their faults."""

from __future__ import annotations

from datetime import UTC, date

from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from scripts.local.seed import LOCAL_SECRET
from scripts.local.vendors.baserow.demo import SESSIONS, parish, sessions
from scripts.local.vendors.broken import CutOff, hang
from scripts.local.vendors.hotel_system.guests import stays
from scripts.local.vendors.hotel_system.server import HotelSystem
from shared.errors import Rejected
from shared.formats.nearest import unknown
from shared.models.staff import Slug, Strict
from shared.platform.clock import Clock

LIMIT = 100
#: The systems by their names below `/_sim/`.
SYSTEMS = ("baserow", "hotel_system")


class RecordsFault(Strict):
    """A fault of a system's next calls: `status` answers with it, `garbage` with a page in place of data, and
    `drop` cuts the answer off; `hang_s` waits before. `retry_after` (s) goes with a status."""

    records: Slug
    times: int = Field(1, ge=1, le=10_000)
    status: int | None = Field(None, ge=300, le=599)
    retry_after: int | None = Field(None, ge=0, le=3600)
    hang_s: float = Field(0, ge=0, le=600)
    drop: bool = False
    garbage: bool = False

    @model_validator(mode="after")
    def _one_way_to_fail(self) -> RecordsFault:
        ways = [self.status is not None, self.drop, self.garbage]
        if sum(ways) > 1 or not (any(ways) or self.hang_s):
            raise ValueError("expected one of status, drop or garbage, or hang_s (alone or with one of them)")
        if self.status is None and self.retry_after is not None:
            raise ValueError("retry_after: expected only with a status")
        return self


class RecordSystems:
    """Both systems, and the faults that are armed for them, in the order of arming."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        today = self._today()
        self.baserow = parish(LOCAL_SECRET, today)
        self.hotel_system = HotelSystem(LOCAL_SECRET, stays(today))
        self._armed: list[RecordsFault] = []

    def routes(self) -> list[BaseRoute]:
        apps: tuple[ASGIApp, ASGIApp] = (self._dated, self.hotel_system.app)
        return [
            Mount(f"/_sim/{name}", _Faulty(self, name, app)) for name, app in zip(SYSTEMS, apps, strict=True)
        ]

    def arm(self, fault: RecordsFault) -> None:
        """Adds a fault. Raises Rejected if there is no such system, or too many are armed."""
        if fault.records not in SYSTEMS:
            raise Rejected(400, f"records: {unknown('system', fault.records, SYSTEMS)}")
        if len(self._armed) >= LIMIT:
            raise Rejected(400, f"{LIMIT} faults are armed already; DELETE /_sim/faults clears them")
        self._armed.append(fault)

    def armed(self) -> list[RecordsFault]:
        return list(self._armed)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, name: str) -> RecordsFault | None:
        """Returns the fault for a system's next call, used up by one, or None."""
        for place, fault in enumerate(self._armed):
            if fault.records == name:
                left = fault.times - 1
                self._armed[place : place + 1] = [fault.model_copy(update={"times": left})] if left else []
                return fault
        return None

    async def _dated(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves Baserow with the sessions that come after the run's own day, which a test may move."""
        self.baserow.rows[SESSIONS] = sessions(self._today())
        await self.baserow.app(scope, receive, send)

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


class _Faulty:
    """A system in front of which faults answer."""

    def __init__(self, systems: RecordSystems, name: str, app: ASGIApp) -> None:
        self._systems, self._name, self._app = systems, name, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._systems.take(self._name)
        answer: ASGIApp = self._app
        if fault is not None:
            if fault.hang_s:
                await hang(Request(scope, receive), fault.hang_s)
            answer = _answer(fault) or self._app
        await answer(scope, receive, send)


def _answer(fault: RecordsFault) -> ASGIApp | None:
    if fault.status is not None:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        body = {"error": "ERROR_OF_A_TEST", "detail": "the fault that was asked for"}
        return JSONResponse(body, fault.status, headers)
    if fault.drop:
        return CutOff()
    return HTMLResponse("<!doctype html><title>Maintenance</title>") if fault.garbage else None
