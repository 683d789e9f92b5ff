"""The API of the hotel's own system: stays, invoices and late check-outs, served over HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.vendors.hotel_system.guests import invoice

Json = dict[str, Any]


class HotelSystem:
    """Stays by their codes. `done` are the answers to changes by their idempotency keys, and `asked` are the
    calls."""

    def __init__(self, token: str, stays: Sequence[Json]) -> None:
        self.stays = {stay["code"]: stay for stay in stays}
        self.done: dict[str, tuple[Json, Json]] = {}
        self.asked: list[str] = []
        self._token = token
        self.app = Starlette(
            routes=[
                Route("/stays", self._found, methods=["GET"]),
                Route("/stays/{code}/invoice", self._invoice, methods=["GET"]),
                Route("/stays/{code}/late-checkout", self._late_checkout, methods=["POST"]),
            ]
        )

    async def _found(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        code = request.query_params.get("code", "")
        if not code:
            return _problem(400, "code is missing")
        return JSONResponse({"stays": [self.stays[code]] if code in self.stays else []})

    async def _invoice(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        stay = self.stays.get(request.path_params["code"])
        if stay is None:
            return _problem(404, "no such stay")
        lines = invoice(stay)
        return JSONResponse({"lines": lines, "total": sum(line["amount"] for line in lines)})

    async def _late_checkout(self, request: Request) -> Response:
        """Books a later departure. A repeat with the same key gets the same answer again."""
        if refused := self._refused(request):
            return refused
        stay = self.stays.get(request.path_params["code"])
        key, asked = request.headers.get("idempotency-key", ""), json.loads(await request.body())
        if stay is None:
            return _problem(404, "no such stay")
        if not key or not isinstance(asked, dict) or not asked.get("until"):
            return _problem(400, "Idempotency-Key or until is missing")
        if key not in self.done:
            stay["late_checkout"] = asked["until"]
            self.done[key] = asked, dict(stay)
        elif self.done[key][0] != asked:
            return _problem(422, "this key was used for another change")
        return JSONResponse(self.done[key][1])

    def _refused(self, request: Request) -> Response | None:
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}")
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return _problem(401, "the token is wrong")
        return None


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status)
