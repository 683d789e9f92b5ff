"""The ASGI app of the simulation: the phone at `/`, its API under `/_sim/`."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scripts.local.sim import handoffs, ledger, way
from scripts.local.sim.administered import Administered
from scripts.local.sim.clock import ClockRoutes
from scripts.local.sim.directory import Directory
from scripts.local.sim.mail import Inbox
from scripts.local.sim.models import ModelRoutes
from scripts.local.sim.phone import Phone
from scripts.local.sim.planned import Planned
from scripts.local.sim.records import RecordsFault, RecordSystems
from scripts.local.sim.settings import SimSettings
from scripts.local.sim.webhooks import Webhooks
from scripts.local.vendors import database
from scripts.local.vendors.calls import CallLog
from scripts.local.vendors.chats import Chats
from scripts.local.vendors.exchange import Exchange
from scripts.local.vendors.faults import Fault, Faults
from scripts.local.vendors.files import Files
from scripts.local.vendors.gateway import Network
from scripts.local.vendors.mail import MailServer
from scripts.local.vendors.registry import GATEWAYS
from scripts.local.vendors.requests import body, number, required, validated
from shared.errors import Rejected
from shared.models.tenant import is_slug
from shared.platform import logs

PAGE = Path(__file__).resolve().parent.parent / "phone"
#: The page loads only its own files; texts that people send cannot load anything.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create(settings: SimSettings) -> Starlette:
    """Opens the file of calls and serves the simulation. Its lifespan cancels running tasks; a runner that
    mounts the app has to run `app.router.lifespan_context(app)` itself."""
    db = database.connect(settings.calls_path)
    network = Network(settings.clock, settings.origin, db, Chats(db, settings.clock), Files(db))
    directory = Directory(settings)
    webhooks = Webhooks(settings, directory, network)
    faults = Faults()
    phone = Phone(directory, network, webhooks)
    systems = RecordSystems(settings.clock)
    records = _Records(settings, CallLog(db), faults, systems, directory)
    mails = MailServer(db, settings.clock.now, port=settings.mail_port)
    inbox, clock = Inbox(settings, directory, mails), ClockRoutes(settings.clock, settings.move)
    planned = Planned(settings.store, directory)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await mails.start()
        yield
        await mails.stop()
        await webhooks.close()
        db.close()

    administered = Administered(settings)
    gateways: list[BaseRoute] = []
    for kind, gateway in GATEWAYS.items():
        sessions = administered.of(kind)
        exchange = Exchange(gateway, network, directory, faults, sessions, webhooks.follow)
        gateways.append(Mount(f"/_sim/{kind}", exchange.app()))
    routes: list[BaseRoute] = [
        Route("/", _page, methods=["GET"]),
        Mount("/phone", _NoCache(StaticFiles(directory=PAGE))),
        Route("/_sim/phone", phone.say, methods=["POST"]),
        Mount("/_sim/phone", routes=phone.routes()),
        *administered.routes(),
        *gateways,
        *systems.routes(),
        Mount("/_sim/models", routes=ModelRoutes().routes()),
        Mount("/_sim", routes=[*records.routes(), *inbox.routes(), *clock.routes(), *planned.routes()]),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={Rejected: _rejected, sqlite3.OperationalError: _unwritable},
    )


class _Records:
    """The records that tests and the page read (calls, ledger, log lines), and the faults that tests arm."""

    def __init__(
        self,
        settings: SimSettings,
        calls: CallLog,
        faults: Faults,
        systems: RecordSystems,
        directory: Directory,
    ) -> None:
        self._store = settings.store
        self._journal = settings.journal
        self._calls = calls
        self._faults = faults
        self._systems = systems
        self._directory = directory

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/outbox", self._outbox, methods=["GET"]),
            Route("/ledger", self._ledger, methods=["GET"]),
            Route("/way", self._way, methods=["GET"]),
            Route("/handoffs", self._handoffs, methods=["GET"]),
            Route("/story", self._story, methods=["GET"]),
            Route("/faults", self._arm, methods=["POST"]),
            Route("/faults", self._armed, methods=["GET"]),
            Route("/faults", self._clear, methods=["DELETE"]),
        ]

    async def _outbox(self, request: Request) -> Response:
        since = int(number(request.query_params, "since"))
        calls = self._calls.since(since)
        return JSONResponse({"next": calls[-1]["seq"] if calls else since, "calls": calls})

    async def _ledger(self, request: Request) -> Response:
        tenant, channel, peer = required(request, "tenant", "channel", "peer")
        _, place = self._directory.find(tenant, channel)
        return JSONResponse(await ledger.read(self._store, place, peer))

    async def _way(self, request: Request) -> Response:
        tenant, message = required(request, "tenant", "message")
        if not is_slug(tenant):
            raise Rejected(404, "no such tenant")
        return JSONResponse(await way.read(self._store, self._journal, self._calls, tenant, message))

    async def _handoffs(self, request: Request) -> Response:
        [tenant] = required(request, "tenant")
        kinds = handoffs.kinds(self._directory.tenant(tenant).channels)
        return JSONResponse({"handoffs": await handoffs.read(self._store, tenant, kinds)})

    async def _story(self, request: Request) -> Response:
        ids = frozenset(request.query_params.getlist("id"))
        return JSONResponse({"lines": self._journal.naming(ids)})

    async def _arm(self, request: Request) -> Response:
        given = await body(request)
        if isinstance(given, dict) and "records" in given:
            self._systems.arm(validated(given, RecordsFault))
            return await self._armed(request)
        fault = validated(given, Fault)
        names = self._directory.channel_names()
        if fault.channel not in names:
            raise Rejected(
                400, f"channel: no gateway is simulated for it (expected one of {', '.join(sorted(names))})"
            )
        try:
            self._faults.arm(fault)
        except ValueError as error:
            raise Rejected(400, str(error)) from None
        return await self._armed(request)

    async def _armed(self, _: Request) -> Response:
        armed = [*self._faults.armed(), *self._systems.armed()]
        return JSONResponse({"faults": [fault.model_dump() for fault in armed]})

    async def _clear(self, request: Request) -> Response:
        self._faults.clear()
        self._systems.clear()
        return await self._armed(request)


class _NoCache:
    """Static files that a browser revalidates on each request, so that an edit shows at once."""

    def __init__(self, files: ASGIApp) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"no-cache")]
            await send(message)

        await self._files(scope, receive, with_headers)


async def _page(_: Request) -> Response:
    headers = {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
    }
    return FileResponse(PAGE / "index.html", headers=headers)


async def _rejected(_: Request, error: Exception) -> Response:
    if not isinstance(error, Rejected):
        raise error
    return JSONResponse({"detail": logs.clean_text(error.detail)}, error.status)


async def _unwritable(_: Request, error: Exception) -> Response:
    """Answers 503 if the simulation's file cannot be written to, as on a full disk, which is temporary."""
    if not isinstance(error, sqlite3.OperationalError):
        raise error
    logs.logger().error("sim_unwritable", error=error.sqlite_errorname)
    return JSONResponse({"detail": "the simulation's file cannot be written to now"}, 503)
