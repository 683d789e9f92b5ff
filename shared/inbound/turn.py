"""The turn: one or more inbound messages in, one outbound message out.

    take the lease (intake) → wait for the burst → answer → commit, if nothing moved meanwhile → publish

The commit's compare-and-set on the conversation's epoch is the guarantee; the lease only saves work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.answers import Answer
from shared.answers.order import Answers
from shared.answers.services.typed import concealed
from shared.channels import Channel
from shared.conversation import outbox, pending
from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.spending import Spend
from shared.errors import Retry
from shared.inbound import batches, burst
from shared.inbound.hearing import Hearing
from shared.inbound.indicators import Indicators
from shared.inbound.intake import Held
from shared.inbound.media import MediaIntake
from shared.inbound.spoken_answers import SpokenAnswers
from shared.inbound.voice_alarms import VoiceAlarms
from shared.models.history import CONCEALED, Line
from shared.models.message import Inbound, Outbound, Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.models.words import words_of
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction
from shared.routing import spent

#: After this many leases without a commit, these messages cause a bug: apologise, and call a human.
ATTEMPTS = 3
#: How often a turn starts over because new messages came; then it commits the answer that it has.
RESTARTS = 2


@dataclass(frozen=True)
class Committed:
    """The result of a commit.
    `queued` are the outbound messages to publish, by conversation, the answer among them; `due` are requests
    for a human with something to do. `said` is how the turn ended; `held` is set if messages came meanwhile
    and the lease was kept for them. `one_time` is the conversation with a one-time code to be sent, or ""."""

    answer: Outbound | None
    said: Answer | None
    held: Held | None
    queued: Mapping[str, str]
    due: Sequence[str]
    one_time: str = ""


@dataclass(frozen=True)
class Overtaken:
    """A turn that must start over: messages came, or its own changed, before the answer was committed."""

    held: Held


class Turn:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        media: MediaIntake,
        hearing: Hearing,
        answers: Answers,
        spoken: SpokenAnswers,
        alarms: VoiceAlarms,
    ) -> None:
        self._store, self._clock, self._answers = store, clock, answers
        self._media, self._hearing, self._spoken, self._alarms = media, hearing, spoken, alarms

    async def run(
        self, tenant: Tenant, channel: Channel, held: Held, indicators: Indicators
    ) -> Committed | None:
        """Answers the pending messages. Returns None if the turn was lost to a human or another owner."""
        spent.begin()
        held = await self._await_burst(held)
        batch: list[Inbound] = []
        for restart in range(RESTARTS + 1):
            waiting = batches.waiting(held.conversation)
            found = await pending.load(self._store, tenant.tenant, waiting)
            if found:
                indicators.show(held.conversation.chat, [message.gateway_id for message in found])
            batch = found if _out_of_attempts(held) else await self._read(tenant, channel, held, found, batch)
            answer = await self._answer(tenant, held, batch, channel.terms)
            result = await self._commit(held, batch, answer, channel.terms, final=restart == RESTARTS)
            if result is None:
                await self._media.write_down(batch)
                await self._alarms.overheard(tenant, batch)
            if not isinstance(result, Overtaken):
                return result
            held = result.held
        raise Retry("messages_keep_changing")

    async def _read(
        self, tenant: Tenant, channel: Channel, held: Held, found: list[Inbound], earlier: list[Inbound]
    ) -> list[Inbound]:
        """Returns the messages with their files and the words of their voice notes."""
        messages = await self._media.take_in(channel, found, earlier)
        language = held.conversation.session.language or tenant.languages[0]
        return await self._hearing.hear(tenant, language, messages)

    async def _await_burst(self, held: Held) -> Held:
        """Waits for the end of the burst, and returns the turn with all its messages."""
        waited = 0.0
        while waited < burst.LONGEST and not batches.by_staff(held.conversation):
            pause = min(
                burst.pause(held.conversation, batches.waiting(held.conversation)), burst.LONGEST - waited
            )
            if not pause:
                break
            before = len(held.conversation.turn.pending)
            await self._clock.sleep(pause)
            waited += pause
            held = await self._fresh(held)
            if len(held.conversation.turn.pending) == before:
                break
        if waited:
            logs.logger().info("burst_awaited", seconds=waited, messages=len(held.conversation.turn.pending))
        return held

    async def _fresh(self, held: Held) -> Held:
        now = held.conversation
        found = await self._store.get(Conversation, tenant=now.tenant, conversation=now.conversation)
        return Held(found, held.owner) if found and found.turn.epoch == now.turn.epoch else held

    async def _answer(self, tenant: Tenant, held: Held, batch: list[Inbound], terms: Terms) -> Answer | None:
        if not batch:
            return None
        if _out_of_attempts(held):
            apology = await self._answers.apology(tenant, held.conversation, batch)
            return concealed(tenant, held.conversation, batch, apology)
        answer = await self._answers.answer(tenant, held.conversation, batch)
        answer = concealed(tenant, held.conversation, batch, answer)
        return _charged(await self._spoken.spoken(tenant, held.conversation, batch, answer, terms))

    async def _commit(
        self, held: Held, batch: list[Inbound], answer: Answer | None, terms: Terms, *, final: bool
    ) -> Committed | Overtaken | None:
        async def work(tx: Transaction) -> Committed | Overtaken | None:
            keys = {"tenant": held.conversation.tenant, "conversation": held.conversation.conversation}
            current = await tx.get(Conversation, **keys)
            now = self._clock.now()
            epoch = held.conversation.turn.epoch
            if current is None or current.turn.epoch != epoch or current.human_present(now):
                return None
            waiting = batches.waiting(current)
            more = len(waiting) > len(batch)
            if not batches.still_there(batch, waiting) or (
                more and not (final and batches.nothing_before(batch, waiting))
            ):
                return Overtaken(Held(current, held.owner))
            private = CONCEALED if answer and answer.concealed else ""
            acts = await _prepared(Scene(tx, current, batch, now, private), answer)
            overtaken = [message for act in acts for message in act.overtaken]
            said = _said(answer, acts) if answer else None
            outbound = _write(tx, current, overtaken or batch, said, acts, now, terms)
            following = Held(current, held.owner) if current.turn.pending else None
            queued = {outbound.conversation: outbound.message} if outbound else {}
            for act in acts:
                queued |= act.queued
            due = [act.due for act in acts if act.due]
            one_time = current.conversation if any(act.one_time for act in acts) else ""
            return Committed(outbound, said, following, queued, due, one_time)

        result = await self._store.transaction(work)
        _log(result, batch)
        return result


def _write(
    tx: Transaction,
    current: Conversation,
    batch: list[Inbound],
    answer: Answer | None,
    acts: list[Prepared],
    now: datetime,
    terms: Terms,
) -> Outbound | None:
    """Writes the conversation, its messages and the answer with its acts."""
    outbound = None
    current.turn.dequeue(*(message.message for message in batch))
    if answer is not None:
        outbound = _say(tx, current, batch, answer, now, terms)
        _remember(current, answer, len(batch))
        for act in acts:
            act.write()
        marks = {name: value for act in acts for name, value in act.marks.items()}
        for message in _settled(batch, answer, outbound, marks):
            tx.put(message)
    current.end_turn(now)
    tx.put(current)
    return outbound


def _charged(answer: Answer) -> Answer:
    """Returns the answer with the cost of all calls to models in this turn so far."""
    cost = spent.current().cost
    return replace(answer, acts=[*answer.acts, Spend(cost)]) if cost else answer


def _out_of_attempts(held: Held) -> bool:
    lease = held.conversation.turn.lease
    return lease is not None and lease.attempts > ATTEMPTS


def _settled(
    batch: list[Inbound], answer: Answer, outbound: Outbound | None, marks: Mapping[str, object]
) -> list[Inbound]:
    """Returns the answered messages with outcomes: the answer's own for the last, MERGED for the others.
    All have the same outcome if the turn sends nothing."""
    turn = outbound.message if outbound else ""
    settled = [message.model_copy(update=marks) for message in batch]
    for message in settled:
        alike = outbound is None or message is settled[-1]
        message.settle(answer.outcome if alike else Outcome.MERGED, answer.why, turn)
    return settled


async def _prepared(scene: Scene, answer: Answer | None) -> list[Prepared]:
    """Runs the reads of the answer's acts."""
    return [await act.prepare(scene) for act in answer.acts] if answer else []


def _said(answer: Answer, acts: list[Prepared]) -> Answer:
    """Returns the answer with what the acts say, without parts if newer news overtook it or the person
    knows."""
    if any(act.overtaken for act in acts):
        return replace(answer, parts=[], outcome=Outcome.SUPPRESSED, why="older_news")
    more = [part for act in acts for part in act.more]
    return replace(answer, parts=[*(answer.parts if all(act.says for act in acts) else ()), *more])


def _say(
    tx: Transaction,
    conversation: Conversation,
    batch: list[Inbound],
    answer: Answer,
    now: datetime,
    terms: Terms,
) -> Outbound | None:
    """Queues the answer, or returns None if it says nothing.

    If newer messages are pending, its first text quotes the last one that it covers.
    """
    heard = [CONCEALED if answer.concealed else words_of(message) for message in batch]
    lines = zip(heard, batch, strict=True)
    conversation.remember(*(Line(author="person", text=text, at=message.at) for text, message in lines))
    if not answer.parts:
        return None
    first, *others = answer.parts
    if conversation.turn.pending and isinstance(first, Text):
        first = first.model_copy(update={"reply_to": batch[-1].gateway_id})
    answers = [message.message for message in batch]
    draft = outbox.Draft(outbox.answer_id(answers[0]), [first, *others], answers, private=answer.private)
    return outbox.queue(tx, conversation, draft, terms, now)


def _remember(conversation: Conversation, answer: Answer, messages: int) -> None:
    conversation.session.language = answer.language or conversation.session.language
    if answer.parts:
        conversation.session.misses = 0
    conversation.writer.burstiness = burst.learn(conversation.writer.burstiness, messages)
    conversation.why = f"{answer.outcome}: {answer.why}"


def _log(result: Committed | Overtaken | None, batch: list[Inbound]) -> None:
    log = logs.logger()
    if result is None:
        log.info("turn_lost", messages=len(batch))
    elif isinstance(result, Overtaken):
        log.info("turn_overtaken", messages=len(batch))
    elif result.said is not None:
        turn = result.answer.message if result.answer else ""
        # From the first message's arrival at the webhook to its answer in the outbox: infra/metrics.yaml.
        seconds = (result.answer.at - batch[0].received_at).total_seconds() if result.answer else None
        models = spent.current()
        log.info(
            "turn_committed",
            messages=len(batch),
            outcome=result.said.outcome,
            why=result.said.why,
            turn=turn,
            seconds=seconds,
            calls=models.calls,
            tokens=models.tokens,
            cost=models.cost,
            models=models.models,
        )
