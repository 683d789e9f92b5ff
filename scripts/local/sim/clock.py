"""The run's clock over HTTP: `GET` tells it, `POST` moves it forward."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.vendors.requests import model
from shared.errors import Rejected
from shared.models.staff import Strict
from shared.platform.clock import Clock

#: The longest move, so that the time stays in the calendar.
_LONGEST = timedelta(days=3660)


class _Move(Strict):
    to: AwareDatetime | None = None
    by_minutes: float | None = Field(None, gt=0, le=_LONGEST / timedelta(minutes=1))

    @model_validator(mode="after")
    def _one_of_two(self) -> _Move:
        if (self.to is None) == (self.by_minutes is None):
            raise ValueError("expected one of to and by_minutes")
        return self


class ClockRoutes:
    """The routes of the clock. `move` moves it to a time; it is None if the clock cannot be moved."""

    def __init__(self, clock: Clock, move: Callable[[datetime], Awaitable[None]] | None) -> None:
        self._clock, self._move = clock, move

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/clock", self._tell, methods=["GET"]),
            Route("/clock", self._forward, methods=["POST"]),
        ]

    async def _tell(self, _: Request) -> Response:
        now = self._clock.now().astimezone(UTC).isoformat(timespec="seconds")
        return JSONResponse({"now": now.replace("+00:00", "Z")})

    async def _forward(self, request: Request) -> Response:
        asked = await model(request, _Move)
        if self._move is None:
            raise Rejected(409, "this run's clock cannot be moved")
        now = self._clock.now()
        end = asked.to if asked.to is not None else now + timedelta(minutes=asked.by_minutes or 0)
        if not now <= end <= now + _LONGEST:
            raise Rejected(400, "to: the clock moves forward only, by at most ten years")
        await self._move(end)
        return await self._tell(request)
