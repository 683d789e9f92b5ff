"""The model server in the simulation, and its failures: `POST /_sim/models/faults`."""

from __future__ import annotations

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.vendors.models.server import ModelServer
from scripts.local.vendors.requests import model
from shared.errors import Rejected
from shared.models.staff import Strict


class ModelFault(Strict):
    """A vendor (`gemini`, `anthropic` or `openai`) and the name of its way to fail."""

    vendor: str = Field(max_length=40)
    failure: str = Field(max_length=40)


class ModelRoutes:
    """The server's routes, and those that make it fail until they are cleared."""

    def __init__(self) -> None:
        self._server = ModelServer()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/faults", self._arm, methods=["POST"]),
            Route("/faults", self._armed, methods=["GET"]),
            Route("/faults", self._clear, methods=["DELETE"]),
            *self._server.routes(),
        ]

    async def _arm(self, request: Request) -> Response:
        fault = await model(request, ModelFault)
        try:
            self._server.fail(fault.vendor, fault.failure)
        except ValueError as error:
            raise Rejected(400, str(error)) from None
        return await self._armed(request)

    async def _armed(self, _: Request) -> Response:
        return JSONResponse({"faults": self._server.failures})

    async def _clear(self, request: Request) -> Response:
        self._server.failures.clear()
        return await self._armed(request)
