"""desk: the door for staff: answers by notifiers, signed links to take a request, and a person's files."""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform.routes import Routes

ROUTES = Routes("desk", expected="the link as it was given")


@functions_framework.aio.http
async def desk(request: Request) -> Response:
    return await ROUTES.serve(request)
