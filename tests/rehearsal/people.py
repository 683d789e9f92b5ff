"""People who write through one simulated gateway, and the count of what reached them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette

from scripts.local import seed
from scripts.local.process import free_port
from scripts.local.sim.app import create
from scripts.local.sim.journal import Journal
from scripts.local.sim.settings import SimSettings
from shared.conversation.occurrences import occurrence_id
from shared.models.occurrence import Occurrence
from shared.models.people import Identity, identity_id
from shared.models.trigger import Trigger
from shared.platform.clock import Clock
from shared.platform.store import Store
from shared.tenants.documents import TenantDocuments
from tests.e2e.concierge import person, sign, waha_message

TENANT, CHANNEL = "hotel", "waha"
QUESTION, DANGER = "What time is breakfast?", "Help, the kitchen is on fire!"
STAFF = ("221770000901", "221770000902", "221770000903")
#: A trigger's message, which waits for nobody.
REMINDER = "rehearsal"
_REMINDER = {
    "when": {"event": "handoff_closed"},
    "says": {"en": {"text": "A word from us."}, "fr": {"text": "Un mot de nous."}},
    "busy": "send",
    "quiet": "send",
    "holidays": "send",
}
#: People who write in one step.
EACH = 3
_LOOK_S, _DEADLINE_S = 0.05, 30.0


class Gateway:
    """The simulated gateway, which counts its calls, and knows where it posts to."""

    def __init__(self) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.files: Sequence[TenantDocuments] = [
            each for each in seed.load(self.origin, mail_port=free_port()) if each.tenant.tenant == TENANT
        ]
        self.http = httpx.AsyncClient(base_url=self.origin, timeout=30, trust_env=False)

    @asynccontextmanager
    async def running(self, folder: Path, store: Store, clock: Clock, posts_to: str) -> AsyncIterator[None]:
        """Serves it for as long as the block runs; it is registered to post to `posts_to`."""
        variables = seed.secrets(self.files, {})

        async def secret(name: str) -> str:
            return variables[seed.variable(name)]

        settings = SimSettings(store, folder / "sim.db", posts_to, self.files, secret, Journal(), clock)
        app: Starlette = create(settings)
        server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="critical"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(_LOOK_S)
        try:
            yield
        finally:
            server.should_exit = True
            await serving
            await self.http.aclose()

    async def posts_to(self) -> str:
        """Returns the address that the gateway's session posts to."""
        [channel] = [each for each in self.files[0].channels if each.channel == CHANNEL]
        session = await self.http.get(
            f"/_sim/waha/api/sessions/{channel.settings['session']}",
            headers={"X-Api-Key": channel.secrets["api_key"]},
        )
        return str(session.raise_for_status().json()["config"]["webhooks"][-1]["url"])

    async def fail(self, times: int) -> None:
        """Makes the next calls fail, 0 to let them succeed again."""
        if times:
            fault = {"channel": CHANNEL, "status": 503, "times": times}
            (await self.http.post("/_sim/faults", json=fault)).raise_for_status()
        else:
            (await self.http.delete("/_sim/faults")).raise_for_status()

    async def received(self) -> Counter[str]:
        """Returns how many texts reached each person."""
        calls = (await self.http.get("/_sim/outbox", params={"since": 0})).json()["calls"]
        return Counter(
            call["to"].partition("@")[0]
            for call in calls
            if call["kind"] == "text" and call["status"] in (0, 200, 201)
        )

    async def calls(self) -> int:
        """Returns the number of all calls, also read marks and typing signs."""
        return len((await self.http.get("/_sim/outbox", params={"since": 0})).json()["calls"])


def _reminder(contact: str, due_at: datetime) -> Occurrence:
    return Occurrence(
        tenant=TENANT,
        occurrence=occurrence_id(REMINDER, contact, due_at.isoformat()),
        trigger=REMINDER,
        contact=contact,
        local=due_at.replace(tzinfo=None).isoformat(timespec="minutes"),
        zone="Etc/UTC",
        planned_for=due_at,
        due_at=due_at,
        created_at=due_at - timedelta(days=1),
    )


@dataclass
class People:
    """People, each with the number of answers to expect."""

    gateway: Gateway
    expected: Counter[str] = field(default_factory=Counter)
    posted: list[bytes] = field(default_factory=list)

    async def write(self, number: int, text: str = QUESTION) -> list[str]:
        """Lets so many new people write one message each; returns who they are."""
        writers = [person() for _ in range(number)]
        for who in writers:
            self.expected[who] += 1
            body = json.dumps(waha_message(who, text, f"{who}-{self.expected[who]}")).encode()
            self.posted.append(body)
            await self._post(body)
        return writers

    async def remind(self, store: Store, people: Sequence[str], due_at: datetime) -> None:
        """Plans a message of a trigger for each of them, who must have written before."""
        await store.put(Trigger(tenant=TENANT, trigger=REMINDER, definition=_REMINDER))
        for who in people:
            self.expected[who] += 1
            known = await store.get(Identity, tenant=TENANT, identity=identity_id(f"whatsapp:+{who}"))
            assert known is not None
            await store.put(_reminder(known.contact, due_at))

    async def post_again(self, posted: Sequence[bytes]) -> None:
        """Lets the gateway repeat messages, as one does that saw no answer."""
        for body in posted:
            await self._post(body)

    async def answered(self, people: Sequence[str]) -> None:
        """Waits until each of them has as many answers as expected. Raises TimeoutError."""
        async with asyncio.timeout(_DEADLINE_S):
            while not await self._have_all(people):  # noqa: ASYNC110 - the gateway has no event for it
                await asyncio.sleep(_LOOK_S)

    async def lost(self) -> int:
        """Returns the number of answers that are missing."""
        received = await self.gateway.received()
        return sum(max(0, number - received[who]) for who, number in self.expected.items())

    async def doubled(self) -> int:
        """Returns the number of answers too many."""
        received = await self.gateway.received()
        return sum(max(0, received[who] - number) for who, number in self.expected.items())

    async def _have_all(self, people: Sequence[str]) -> bool:
        received = await self.gateway.received()
        return all(received[who] >= self.expected[who] for who in people)

    async def _post(self, body: bytes) -> None:
        headers = {"X-Webhook-Hmac": sign(body), "Content-Type": "application/json"}
        posted = await self.gateway.http.post(await self.gateway.posts_to(), content=body, headers=headers)
        posted.raise_for_status()
