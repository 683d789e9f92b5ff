"""The proof of an identity by a code of the tenant's records, and by a one-time code to the address on file.

A wrong code, one that does not exist, and a right one that is not to be believed yet are told, looked up,
counted and stored in the same way. The act in the turn's transaction has the last word (conversation/locks).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from shared.answers import Answer, Asked
from shared.answers.services import typed
from shared.answers.services.lookups import Candidate, Unavailable
from shared.answers.services.proof_words import ProofWords
from shared.answers.services.proofs import Proofs
from shared.conversation.locks import Try, TryCode
from shared.conversation.one_times import Entered, EnterOneTime, entered
from shared.conversation.verifying import KeepOwnCodes, Pursue, Verify
from shared.formats import codes
from shared.language.commands import Command
from shared.models.locks import Lock, in_force, lock_id
from shared.models.message import Outcome
from shared.models.one_time import VALID, OneTime
from shared.models.parts import Part
from shared.models.service import Proof
from shared.models.verification import Errand, Verified
from shared.platform import logs
from shared.platform.store import Store
from shared.tenants.directory import Directory

#: Words the answer after a proof: the action that was wanted, else what the person may do now.
Proven = Callable[[Asked, Verified, Errand], Awaitable[Answer]]
#: Whether the turn's words ask for a service or an action.
Wished = Callable[[Asked], Awaitable[bool]]


@dataclass(frozen=True)
class _Attempt:
    """A turn in which a person proves to be of a profile."""

    asked: Asked
    errand: Errand
    proof: Proof

    @property
    def words(self) -> ProofWords:
        return ProofWords(self.asked, self.proof)

    @property
    def own(self) -> str:
        """The id of the person's lock, the same on all their channels."""
        return lock_id("contact", self.asked.conversation.contact)

    def shared(self, code: str) -> str:
        """Returns the id of the lock of a code's beginning, the same for all people and channels."""
        return lock_id("code", self.proof.records, self.proof.of, codes.beginning(code))


class Proving:
    """Answers codes: those that were asked for, and those that come unasked in their form's own signs."""

    def __init__(
        self, proofs: Proofs, store: Store, directory: Directory, proven: Proven, wished: Wished
    ) -> None:
        self._proofs, self._store, self._directory = proofs, store, directory
        self._proven, self._wished = proven, wished

    def ask(self, asked: Asked, profile: str, action: str = "") -> Answer:
        """Asks for the code of a profile, for an action or for all that the profile may do."""
        words = ProofWords(asked, asked.tenant.profiles[profile].proof)
        errand = Errand(step="code", profile=profile, action=action, at=asked.now)
        return _answer(asked, words.question(), "ask_code", acts=[Pursue(errand)])

    async def answer(self, asked: Asked) -> Answer | None:
        """Answers a code, a one-time code, or words that are meant as one; leaves the rest to the others."""
        errand = asked.conversation.session.errand
        if asked.batch[-1].staff or asked.words.urgent or asked.words.choice:
            return None
        if errand and typed.proving(errand) and errand.profile in asked.tenant.profiles:
            return await self._pursued(_Attempt(asked, errand, asked.tenant.profiles[errand.profile].proof))
        found = typed.unasked_code(asked.tenant, asked.conversation.channel, asked.words.said)
        if found is None or asked.words.command:
            return None
        profile, code = found
        errand = Errand(step="code", profile=profile, at=asked.now)
        return await self._try(_Attempt(asked, errand, asked.tenant.profiles[profile].proof), code)

    async def _pursued(self, attempt: _Attempt) -> Answer | None:
        asked, said = attempt.asked, attempt.asked.words.said
        if asked.words.command == Command.CANCEL:
            return _answer(asked, attempt.words.cancelled(), "proof:cancelled", acts=[Pursue(None)])
        if asked.words.command:
            return None
        one_time = attempt.errand.step == "one_time"
        if one_time and (digits := typed.one_time_code(asked.tenant, said)):
            return await self._enter(attempt, digits)
        if code := typed.asked_code(asked.tenant, said, attempt.proof.form):
            return await self._try(attempt, code)
        if asked.words.wants_human or not typed.is_attempt(said):
            return None
        if await self._wished(asked):
            return None
        return _secret(_answer(asked, attempt.words.form(one_time=one_time), "proof:form"))

    async def _try(self, attempt: _Attempt, code: str) -> Answer:
        own, shared = await self._lock(attempt, attempt.own), await self._lock(attempt, attempt.shared(code))
        always = attempt.proof.one_time
        if own.locked(attempt.asked.now):
            return await self._judged(attempt, Try(own, shared, None, one_time=always), None)
        try:
            found = await self._proofs.proof(attempt.asked.tenant, attempt.proof, code)
        except Unavailable:
            return _secret(_answer(attempt.asked, attempt.words.down(), "proof:unavailable"))
        own_phone = await self._own_phone(attempt.asked, found.phone if found else "")
        return await self._judged(attempt, Try(own, shared, found is not None, own_phone, always), found)

    async def _judged(self, attempt: _Attempt, tried: Try, found: Candidate | None) -> Answer:
        verdict, one_time = tried.verdict(attempt.asked.now), _one_time(attempt, found)
        if not tried.right:
            logs.logger().warning("proof_refused", reason=verdict.kind)
        if verdict.kind == "passed" and one_time.verified:
            after = await self._passed(attempt, one_time.verified)
        else:
            after = _answer(attempt.asked, attempt.words.verdict(verdict), f"proof:{verdict.kind}")
        act = TryCode(tried, verdict, attempt.words.verdict, attempt.errand, one_time, after.acts)
        return _secret(replace(after, acts=[act]))

    async def _enter(self, attempt: _Attempt, digits: str) -> Answer:
        conversation = attempt.asked.conversation
        keys = {"tenant": conversation.tenant, "conversation": conversation.conversation}
        kept = await self._store.get(OneTime, one_time="now", **keys)
        verdict: Entered = entered(kept, digits, attempt.asked.now)
        if verdict == "passed" and kept and kept.verified:
            after = await self._passed(attempt, kept.verified.model_copy(update={"at": attempt.asked.now}))
        else:
            logs.logger().warning("proof_refused", reason=f"one_time_{verdict}")
            after = _answer(attempt.asked, attempt.words.entered(verdict), f"one_time:{verdict}")
        act = EnterOneTime(digits, verdict, attempt.words.entered, attempt.errand, attempt.own, after.acts)
        return _secret(replace(after, acts=[act]))

    async def _passed(self, attempt: _Attempt, verified: Verified) -> Answer:
        """Returns the answer after the proof; the identity is the session's only one."""
        after = await self._proven(attempt.asked, verified, attempt.errand)
        return replace(after, acts=[Verify(verified), KeepOwnCodes(verified), *after.acts])

    async def _lock(self, attempt: _Attempt, lock: str) -> Lock:
        tenant = attempt.asked.tenant.tenant
        return in_force(
            await self._store.get(Lock, tenant=tenant, lock=lock), tenant, lock, attempt.asked.now
        )

    async def _own_phone(self, asked: Asked, phone: str) -> bool:
        """Whether the person writes from this number, as the network itself proves it.

        The chat must be the number's on this channel: a number that an organisation's system knows of the
        contact proves nothing.
        """
        channel = await self._directory.channel(asked.tenant.tenant, asked.conversation.channel)
        address = channel.address(dialled(phone)) if channel else None
        return address is not None and address.chat == asked.conversation.chat


def dialled(phone: str) -> str:
    """Returns a number on file as E.164 (`+221770000001`), "" if it has no country code."""
    digits = "".join(each for each in phone if each in "+0123456789")
    return f"+{digits.lstrip('+0')}" if digits.startswith(("+", "00")) else ""


def _one_time(attempt: _Attempt, found: Candidate | None) -> OneTime:
    """Returns the one-time code of a try, also of a wrong one: then it has no identity and is never sent."""
    asked, verified = attempt.asked, None
    if found is not None:
        profile, subject = attempt.errand.profile, dict(found.subject)
        verified = Verified(profile=profile, at=asked.now, name=found.name, subject=subject)
    return OneTime(
        tenant=asked.tenant.tenant,
        conversation=asked.conversation.conversation,
        verified=verified,
        channel=asked.conversation.channel,
        contact=asked.conversation.contact,
        email=found.email.strip() if found else "",
        phone=dialled(found.phone) if found else "",
        language=asked.words.language,
        made_at=asked.now,
        due_at=asked.now,
        expires_at=asked.now + VALID,
    )


def _answer(asked: Asked, parts: list[Part], why: str, *, acts: list[Pursue] | None = None) -> Answer:
    return Answer(parts, Outcome.ANSWERED, why, asked.words.language, acts or [])


def _secret(answer: Answer) -> Answer:
    """Returns the answer to a code, which the history does not keep."""
    return replace(answer, concealed=True)
