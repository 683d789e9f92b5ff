"""Acts on a session's proven identity, and on what the person is about to do with it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.conversation.acts import Prepared, Scene
from shared.conversation.memory import erase
from shared.models.locks import KNOWN, Lock, in_force
from shared.models.one_time import known_lock
from shared.models.verification import Errand, Verified
from shared.platform.clock import Ids


@dataclass(frozen=True)
class Verify:
    """Keeps a proven identity for the session, and ends the errand that asked for it."""

    verified: Verified

    async def prepare(self, scene: Scene) -> Prepared:
        def write() -> None:
            session = scene.conversation.session
            session.verified, session.errand, session.broken_off = self.verified, None, None
            session.lapsed = False

        return Prepared(write)


@dataclass(frozen=True)
class KeepOwnCodes:
    """Gives the person one-time codes of their own for an identity that they have proven.

    Others who ask for codes at the same address, and have perhaps found the family's code, take none of them
    away. A new proof begins the count again, unless the person has just had too many.
    """

    verified: Verified

    async def prepare(self, scene: Scene) -> Prepared:
        conversation, now = scene.conversation, scene.now
        name = known_lock(conversation.contact, self.verified)
        found = await scene.tx.get(Lock, tenant=conversation.tenant, lock=name)
        own = in_force(found, conversation.tenant, name, now)

        def write() -> None:
            own.tries = own.tries if own.locked(now) else 0
            own.expires_at = now + KNOWN.forgotten
            scene.tx.put(own)

        return Prepared(write)


@dataclass(frozen=True)
class Pursue:
    """Keeps what the person is about to do; None if it is done or given up."""

    errand: Errand | None

    async def prepare(self, scene: Scene) -> Prepared:
        def write() -> None:
            scene.conversation.session.errand, scene.conversation.session.broken_off = self.errand, None

        return Prepared(write)


@dataclass(frozen=True)
class LogOut:
    """Ends the session: the next person with the same phone finds neither an identity nor a memory."""

    ids: Ids

    async def prepare(self, scene: Scene) -> Prepared:
        def write() -> None:
            conversation = scene.conversation
            conversation.begin_session(self.ids.new("s"), scene.now)
            conversation.session.broken_off, conversation.session.lapsed = None, False
            erase(conversation, scene.now)

        return Prepared(write)
