"""The try of a code that proves an identity, counted in the turn's transaction.

The act reads the locks before it counts, so that two tries at once, on two channels or at two instances,
both count, and a lock that was reached meanwhile refuses a right code too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.conversation.acts import Act, Prepared, Scene, together
from shared.models.audit import KEPT, AuditEntry
from shared.models.locks import CODES, Lock, in_force
from shared.models.one_time import OneTime
from shared.models.parts import Part
from shared.models.people import plain_id
from shared.models.verification import Errand

#: What becomes of a try. `one_time`: the person is told that a one-time code was sent if theirs was right.
Kind = Literal["passed", "wrong", "locked", "one_time"]


@dataclass(frozen=True)
class Verdict:
    """The verdict on a try: `until` is the end of a lock, `tries` the number of wrong ones before a lock."""

    kind: Kind
    until: datetime | None = None
    tries: int = 0


@dataclass(frozen=True)
class Try:
    """A try of a code, by the locks of its person (`own`) and of its beginning (`code`).

    `right` is None if the source was not asked, because the person was locked. `own_phone` is whether the
    network proves the number on file, `one_time` whether a right code is never enough.
    """

    own: Lock
    code: Lock
    right: bool | None
    own_phone: bool = False
    one_time: bool = False

    def verdict(self, now: datetime) -> Verdict:
        """Judges the try by the locks as they are, before it is counted."""
        if self.right is None or self.own.locked(now):
            return Verdict("locked", max(self.own.until or now, now))
        shut = self.code.locked(now)
        if self.one_time or (shut and not (self.right and self.own_phone)):
            return Verdict("one_time", self.code.until if shut else None)
        if self.right:
            return Verdict("passed")
        counted = self._counted(self.own, now)
        return Verdict("wrong", counted.until if counted.locked(now) else None, self.own.tries + 1)

    def count(self, verdict: Verdict, now: datetime) -> Sequence[Lock]:
        """Returns the locks that this verdict changes, with the try in them.

        A right code is counted as a wrong one is as long as the person is not to learn that it is right. A
        lock of the beginning is not made longer by tries while it lasts.
        """
        if verdict.kind == "wrong":
            return [self._counted(self.own, now), self._counted(self.code, now)]
        return [self._counted(self.own, now)] if verdict.kind == "one_time" else []

    def _counted(self, lock: Lock, now: datetime) -> Lock:
        counted = lock.model_copy()
        counted.count(CODES, now)
        return counted


@dataclass(frozen=True)
class TryCode:
    """Counts and audits the try `tried`, with the locks as they are now, and lets a right code pass.

    `expected` is the verdict that the answer's words are for; `say` words any other. `then` is done if the
    code passes. `one_time` is kept if that is the verdict; its identity is None if the code is wrong.
    """

    tried: Try
    expected: Verdict
    say: Callable[[Verdict], Sequence[Part]]
    errand: Errand
    one_time: OneTime
    then: Sequence[Act] = ()

    async def prepare(self, scene: Scene) -> Prepared:
        tried = Try(
            await _lock(scene, self.tried.own.lock),
            await _lock(scene, self.tried.code.lock),
            self.tried.right,
            self.tried.own_phone,
            self.tried.one_time,
        )
        keys = {"tenant": scene.conversation.tenant, "conversation": scene.conversation.conversation}
        earlier = await scene.tx.get(OneTime, one_time=self.one_time.one_time, **keys)
        verdict = tried.verdict(scene.now)
        passed = [await act.prepare(scene) for act in self.then] if verdict.kind == "passed" else []

        def write() -> None:
            for lock in tried.count(verdict, scene.now):
                scene.tx.put(lock)
            if verdict.kind == "one_time" and not (
                earlier and earlier.stands_against(self.one_time, scene.now)
            ):
                scene.tx.put(self.one_time)
            step: Literal["code", "one_time"] = "one_time" if verdict.kind == "one_time" else "code"
            scene.conversation.session.errand = self.errand.model_copy(update={"step": step, "at": scene.now})
            audit(scene, f"code:{self.errand.profile}", tried.code.lock, _result(verdict, tried))

        as_expected = verdict == self.expected
        own = Prepared(
            write,
            says=as_expected,
            more=() if as_expected else self.say(verdict),
            one_time=verdict.kind == "one_time",
        )
        return together([own, *passed])


def audit(scene: Scene, what: str, about: str, result: str) -> None:
    """Writes an attempt into the audit log, without the code."""
    conversation = scene.conversation
    turn = f"{conversation.conversation}.{scene.batch[0].message}.{conversation.turn.epoch}"
    scene.tx.put(
        AuditEntry(
            tenant=conversation.tenant,
            entry=plain_id(f"{what.partition(':')[0]}.{turn}"),
            at=scene.now,
            who=conversation.contact,
            what=what,
            about=about,
            result=result,
            expires_at=scene.now + KEPT,
        )
    )


async def _lock(scene: Scene, lock: str) -> Lock:
    tenant = scene.conversation.tenant
    return in_force(await scene.tx.get(Lock, tenant=tenant, lock=lock), tenant, lock, scene.now)


def _result(verdict: Verdict, tried: Try) -> str:
    """Returns the word of the audit log: it tells the operator whether a one-time code really went out."""
    return "unsent" if verdict.kind == "one_time" and not tried.right else verdict.kind
