"""Messages of people and staff, each posted until it is accepted."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.concierge import chat, sign, waha_message

TENANT = "hotel"
CHANNEL = "waha"
#: A gateway's own retries: their number, and the pause between them (s).
_POSTS = 60
_BETWEEN = 0.5
#: Messages of a person in one script, on average, without staff's.
_PER_PERSON = 4
_HANDS_BACK = "#bot"


@dataclass(frozen=True)
class Act:
    """A message that our webhook accepted; times of first post and acceptance are in seconds since 1970."""

    person: str
    id: str
    text: str
    staff: bool
    posted_at: float

    @property
    def hands_back(self) -> bool:
        return self.staff and self.text == _HANDS_BACK


@dataclass
class People:
    """People writing messages; `questions` are ones that the tenant's knowledge answers."""

    client: httpx.AsyncClient
    dice: random.Random
    questions: Sequence[str]
    acts: list[Act] = field(default_factory=list)

    async def live(self, messages: int, seconds: float) -> None:
        """Starts people over `seconds`, until they have written that many messages."""
        scripts = [self._lone, self._lone, self._burst, self._repeated, self._with_staff]
        async with asyncio.TaskGroup() as group:
            for number in range(max(1, messages // _PER_PERSON)):
                script = scripts[number % len(scripts)]
                group.create_task(self._come(script, str(221_770_200_000 + number), seconds))

    async def _come(self, script: Any, person: str, seconds: float) -> None:
        await asyncio.sleep(self.dice.uniform(0, seconds))
        await script(person)

    async def _lone(self, person: str) -> None:
        for _ in range(_PER_PERSON):
            await self._say(person, self._question())
            await asyncio.sleep(self.dice.uniform(2, 12))

    async def _burst(self, person: str) -> None:
        for text in ("Hello", "I would like to know", self._question()):
            await self._say(person, text)
            await asyncio.sleep(self.dice.uniform(0, 0.4))
        await asyncio.sleep(self.dice.uniform(4, 12))
        await self._say(person, self._question())

    async def _repeated(self, person: str) -> None:
        """Writes messages that the gateway posts two or three times at once."""
        for _ in range(_PER_PERSON):
            await self._say_repeatedly(person, self._question())
            await asyncio.sleep(self.dice.uniform(2, 10))

    async def _with_staff(self, person: str) -> None:
        await self._say(person, self._question())
        await asyncio.sleep(self.dice.uniform(0, 3))
        await self._say(person, "Hello, this is Fatou at the desk.", staff=True)
        for _ in range(2):
            await asyncio.sleep(self.dice.uniform(0, 4))
            await self._say(person, self._question())
        await asyncio.sleep(self.dice.uniform(4, 10))
        await self._say(person, _HANDS_BACK, staff=True)
        await asyncio.sleep(self.dice.uniform(0, 4))
        await self._say(person, self._question())

    def _question(self) -> str:
        return self.dice.choice(self.questions)

    async def _say(self, person: str, text: str, *, staff: bool = False) -> None:
        """Writes on the simulated phone, so that receipts come too."""
        began = time.time()
        said = {"tenant": TENANT, "channel": CHANNEL, "peer": person, "text": text, "staff": staff}
        answer = (await self.client.post("/_sim/phone", json=said)).raise_for_status().json()
        if not 200 <= answer["webhook_status"] < 300:
            await self._post(_event(person, text, answer["id"], staff))
        self.acts.append(Act(person, answer["id"], text, staff, began))

    async def _say_repeatedly(self, person: str, text: str) -> None:
        began, name = time.time(), f"3A{self.dice.getrandbits(72):018X}"
        event = _event(person, text, name, staff=False)
        await asyncio.gather(*(self._post(event) for _ in range(self.dice.randint(2, 3))))
        self.acts.append(Act(person, name, text, False, began))

    async def _post(self, event: dict[str, Any]) -> None:
        """Posts an event until it is accepted, as a gateway does."""
        body = json.dumps(event).encode()
        headers = {"X-Webhook-Hmac": sign(body), "Content-Type": "application/json"}
        for _ in range(_POSTS):
            try:
                answer = await self.client.post(f"/webhook/{TENANT}/{CHANNEL}", content=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                return
            await asyncio.sleep(_BETWEEN)
        raise RuntimeError(f"the webhook accepted none of {_POSTS} posts of a message")


def _event(person: str, text: str, name: str, staff: bool) -> dict[str, Any]:
    if not staff:
        return waha_message(person, text, name)
    event = waha_message(person, text, name, fromMe=True, source="app", to=chat(person))
    event["event"] = "message.any"
    event["payload"] |= {"id": f"true_{chat(person)}_{name}", "from": "221330000000@c.us"}
    return event
