"""The entry of a one-time code, in the turn's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.conversation.acts import Act, Prepared, Scene, together
from shared.conversation.locks import audit
from shared.models.events import OneTimeDue
from shared.models.locks import CODES, Lock
from shared.models.one_time import OneTime
from shared.models.parts import Part
from shared.models.verification import Errand
from shared.platform.publishing import Publisher

#: What becomes of an entry; `over` if the one-time code is too old, or was tried too often.
Entered = Literal["passed", "wrong", "over"]


async def announce(publisher: Publisher, tenant: str, conversation: str) -> None:
    """Publishes that a conversation has a one-time code to be sent. Raises Retry if the bus refuses it."""
    due = OneTimeDue(tenant=tenant, conversation=conversation)
    await publisher.publish("handoffs", due, tenant=tenant, conversation=conversation)


def entered(found: OneTime | None, digits: str, now: datetime) -> Entered:
    """Judges the digits by the one-time code as it is, before the entry is counted."""
    if found is None or found.ended(now):
        return "over"
    if found.matches(digits):
        return "passed"
    return "over" if found.model_copy(update={"tries": found.tries + 1}).ended(now) else "wrong"


@dataclass(frozen=True)
class EnterOneTime:
    """Counts and audits an entry, and lets the right digits pass, which takes back the try of the code.

    `expected` is the verdict that the answer's words are for; `say` words any other. `own` is the person's
    lock. `then` is done if the digits pass.
    """

    digits: str
    expected: Entered
    say: Callable[[Entered], Sequence[Part]]
    errand: Errand
    own: str
    then: Sequence[Act] = ()

    async def prepare(self, scene: Scene) -> Prepared:
        conversation = scene.conversation
        keys = {"tenant": conversation.tenant, "conversation": conversation.conversation}
        found = await scene.tx.get(OneTime, one_time="now", **keys)
        own = await scene.tx.get(Lock, tenant=conversation.tenant, lock=self.own)
        now_entered = entered(found, self.digits, scene.now)
        passed = [await act.prepare(scene) for act in self.then] if now_entered == "passed" else []

        def write() -> None:
            if now_entered == "passed":
                _end(scene, found, own)
            else:
                _refuse(scene, found, self.errand, over=now_entered == "over")
            audit(scene, f"one_time:{self.errand.profile}", "", now_entered)

        as_expected = now_entered == self.expected
        said = Prepared(write, says=as_expected, more=() if as_expected else self.say(now_entered))
        return together([said, *passed])


def _end(scene: Scene, found: OneTime | None, own: Lock | None) -> None:
    """Deletes the used code, and takes the try of the code back that it proved to be right."""
    if found is not None:
        scene.tx.delete(found)
    if own is not None:
        own.take_back(CODES)
        scene.tx.put(own)


def _refuse(scene: Scene, found: OneTime | None, errand: Errand, *, over: bool) -> None:
    """Counts the wrong entry; after the last one the person begins with the code again."""
    if found is not None:
        found.tries += 1
        scene.tx.put(found)
    step: Literal["code", "one_time"] = "code" if over else "one_time"
    scene.conversation.session.errand = errand.model_copy(update={"step": step, "at": scene.now})
