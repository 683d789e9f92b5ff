"""Delivery: parts go out in order, never twice unless the gateway's answer makes a retry safe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.conversation.outbox import split
from shared.delivery.outbox import KNOWN, TOO_LATE, UNKNOWN_FOR, UNSETTLED_FOR
from shared.delivery.transitions import CLAIM
from shared.errors import Retry
from shared.models.events import OutboundReady
from shared.models.parts import Part, Text, words
from tests.fakes.model import Reply
from tests.unit.delivery.parts import QUESTION, handoffs, only, receipt
from tests.world import World


async def test_sent_with_the_gateways_id(world: World) -> None:
    await world.say(QUESTION)
    message = await only(world)
    assert (message.status, message.open, message.gateway_ids) == ("sent", False, ["gw-1"])


async def test_a_gateway_that_is_down_loses_nothing(world: World) -> None:
    world.channel.results = [Later("down"), Later("still down")]
    await world.say(QUESTION)
    assert (await only(world)).status == "queued"
    await world.pump()
    await world.pump()
    assert (await only(world)).status == "sent"
    assert len(world.channel.sent) == 3


async def test_a_refused_message_fails_and_calls_a_human(world: World) -> None:
    world.channel.results = [Refused("no_such_chat")]
    await world.say(QUESTION)
    message = await only(world)
    assert (message.status, message.error, message.open) == ("failed", "no_such_chat", False)
    assert await handoffs(world) == ["delivery_failed"]
    assert (await world.conversation()).state == "waiting"


async def test_a_lost_answer_is_settled_by_what_the_gateway_has(world: World) -> None:
    world.channel.results = [Unclear("answer lost")]
    await world.say(QUESTION)
    assert (await only(world)).status == "unknown"
    world.channel.has = "gw-found"
    await world.pump()
    message = await only(world)
    assert (message.status, message.gateway_ids) == ("sent", ["gw-found"])
    assert len(world.channel.sent) == 1


async def test_a_lost_answer_is_not_repeated_while_the_call_may_still_be_at_work(world: World) -> None:
    world.channel.results = [Unclear("answer lost")]
    await world.say(QUESTION)
    await world.pump()
    assert len(world.channel.sent) == 1
    world.clock.pass_(UNKNOWN_FOR.total_seconds())
    await world.pump()
    assert len(world.channel.sent) == 2
    assert (await only(world)).status == "sent"


async def test_a_gateway_that_failed_and_does_not_have_it_is_asked_again_at_once(world: World) -> None:
    world.channel.results = [Unclear("http_500", over=True)]
    await world.say(QUESTION)
    await world.pump()
    assert (await only(world)).status == "sent"
    assert len(world.channel.sent) == 2


@pytest.mark.parametrize(
    "first", [Refused("http_400"), Unclear("http_500", over=True)], ids=["refused", "failed"]
)
async def test_a_quote_that_is_not_taken_is_left_out(world: World, first: SendResult) -> None:
    """The quoted message may be gone: the text matters more."""
    asked: list[str] = []
    send = world.channel.send

    async def note(to: str, part: Part, *, turn: str) -> SendResult:
        assert isinstance(part, Text)
        asked.append(part.reply_to)
        return await send(to, part, turn=turn)

    async def more() -> None:
        await world.receive(world.message("encore."))

    world.channel.send = note  # type: ignore[method-assign]
    world.channel.results = [first]
    world.provider.meanwhile = [more] * 3
    await world.say(QUESTION)
    await world.pump()
    assert asked == ["M3", "", ""]
    assert [message.status for message in await world.outbound()] == ["sent", "sent"]


async def test_a_gateway_that_failed_after_sending_is_not_asked_again(world: World) -> None:
    world.channel.results = [Unclear("http_500", over=True)]
    world.channel.has = "gw-found"
    await world.say(QUESTION)
    await world.pump()
    assert (await only(world)).gateway_ids == ["gw-found"]
    assert len(world.channel.sent) == 1


async def test_what_no_gateway_can_tell_is_closed_as_unknown_and_never_repeated(world: World) -> None:
    world.channel.results = [Unclear("answer lost")]
    world.channel.has = NotImplementedError()
    await world.say(QUESTION)
    world.clock.pass_(UNSETTLED_FOR.total_seconds() + 1)
    await world.pump()
    message = await only(world)
    assert (message.status, message.open) == ("unknown", False)
    assert len(world.channel.sent) == 1
    assert await handoffs(world) == [
        "delivery_failed"
    ]  # perhaps it was never sent: the person must not be left without an answer


async def test_where_nothing_more_will_be_learnt_only_the_sweep_comes_back(world: World) -> None:
    world.channel.results = [Unclear("answer lost")]
    world.channel.has = NotImplementedError()
    await world.say(QUESTION)
    await world.pump()
    assert world.bus.waiting == []
    assert (await world.parts.sweep.run()).resent == 0
    world.clock.pass_(UNSETTLED_FOR.total_seconds() + 1)
    assert (await world.parts.sweep.run()).resent == 1
    await world.pump()
    assert (await only(world)).open is False


async def test_what_comes_after_a_message_that_was_given_up_is_sent(world: World) -> None:
    world.channel.results = [Unclear("answer lost")]
    world.channel.has = NotImplementedError()
    await world.say("Un ?")
    await world.say("Deux ?")
    first = (await world.outbound())[0]
    world.clock.pass_(UNSETTLED_FOR.total_seconds() + 1)
    ready = OutboundReady(tenant="parish", conversation=first.conversation, message=first.message)
    await world.parts.outbox.drain(ready)
    assert [message.status for message in await world.outbound()] == ["unknown", "sent"]


async def test_a_receipt_that_settles_a_send_while_the_gateway_is_asked(world: World) -> None:
    world.provider.replies = [Reply("mot " * 2_000, True)]
    world.channel.results = [Unclear("answer lost")]
    await world.say(QUESTION)
    message = await only(world)

    async def find_nothing(*_: object, **__: object) -> None:
        settled = receipt(world, "delivered", "gw-lost").model_copy(update={"turn": message.message})
        await world.parts.receipts.receive(settled)

    world.channel.find_sent = find_nothing  # type: ignore[method-assign]
    world.clock.pass_(UNKNOWN_FOR.total_seconds())
    await world.pump()
    assert (await only(world)).status == "sent"
    assert len(world.channel.sent) == len(message.parts) > 2


async def test_a_sender_that_was_too_slow_stops_where_another_took_over(world: World) -> None:
    await world.receive(world.message(QUESTION))
    ready = OutboundReady.model_validate_json(world.bus.waiting.pop().data)
    in_time = world.channel.send

    async def too_slow(to: str, part: Part, *, turn: str) -> SendResult:
        world.channel.send = in_time  # type: ignore[method-assign]
        world.clock.pass_(CLAIM.total_seconds())
        await world.parts.outbox.drain(ready)
        return Later("down")

    world.channel.send = too_slow  # type: ignore[method-assign]
    with pytest.raises(Retry, match="claim_lost"):
        await world.parts.outbox.drain(ready)
    await world.parts.outbox.drain(ready)
    assert len(world.channel.sent) == 1
    assert (await only(world)).status == "sent"


async def test_each_part_has_the_whole_of_the_claims_time(world: World) -> None:
    world.provider.replies = [Reply("mot " * 2_000, True)]
    await world.receive(world.message(QUESTION))
    ready = OutboundReady.model_validate_json(world.bus.waiting.pop().data)
    send = world.channel.send

    async def slow(to: str, part: Part, *, turn: str) -> SendResult:
        world.clock.pass_(CLAIM.total_seconds() - 1)
        with pytest.raises(Retry, match="being_sent"):
            await world.parts.outbox.drain(ready)
        return await send(to, part, turn=turn)

    world.channel.send = slow  # type: ignore[method-assign]
    await world.parts.outbox.drain(ready)
    assert len(world.channel.sent) == len((await only(world)).parts) > 2


async def test_a_sender_that_died_leaves_an_unknown_part_not_a_second_send(world: World) -> None:
    await world.receive(world.message(QUESTION))
    ready = OutboundReady.model_validate_json(world.bus.waiting[0].data)

    async def break_off(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    working = world.channel.send
    world.channel.send = break_off  # type: ignore[method-assign,assignment]
    with pytest.raises(RuntimeError):
        await world.parts.outbox.drain(ready)
    world.channel.send = working  # type: ignore[method-assign]
    with pytest.raises(Retry):  # the claim has not expired
        await world.parts.outbox.drain(ready)
    world.clock.pass_(CLAIM.total_seconds())
    world.channel.has = "gw-found"
    await world.parts.outbox.drain(ready)
    assert world.channel.sent == []
    assert (await only(world)).gateway_ids == ["gw-found"]


async def test_the_parts_of_a_long_answer_go_in_order_and_resume_where_they_stopped(world: World) -> None:
    long = "\n\n".join("second " * number + "mot " * 400 for number in range(5))
    world.provider.replies = [Reply(long, True)]
    world.channel.results = [Sent("gw-a"), Later("down")]
    await world.say(QUESTION)
    assert [part.status for part in (await only(world)).parts][:2] == ["sent", "queued"]
    await world.pump()
    message = await only(world)
    assert message.status == "sent"
    assert len(message.gateway_ids) == len(message.parts) > 2
    delivered = [text for text in world.texts() if text != world.texts()[2]] + [world.texts()[2]]
    assert sorted(set(delivered)) == sorted({words(part.part) for part in message.parts})


async def test_the_next_message_waits_for_the_one_before_it(world: World) -> None:
    world.channel.results = [Later("down")]
    await world.receive(world.message("Un ?"))
    await world.receive(world.message("Deux ?"))
    second = OutboundReady.model_validate_json(world.bus.waiting[1].data)
    with pytest.raises(Retry):
        await world.parts.outbox.drain(second)
    await world.parts.outbox.drain(second)
    assert world.texts() == ["answer to: Un ?", "answer to: Un ?", "answer to: Deux ?"]


async def test_an_answer_that_nobody_could_send_in_time_fails(world: World) -> None:
    world.channel.results = [Later("down")]
    await world.say(QUESTION)
    world.clock.pass_(TOO_LATE.total_seconds() + 1)
    await world.pump()
    assert (await only(world)).error == "too_late"
    assert await handoffs(world) == ["delivery_failed"]


async def test_the_sweep_brings_back_what_the_bus_forgot(world: World) -> None:
    world.channel.results = [Later("down")]
    await world.say(QUESTION)
    world.bus.waiting.clear()
    world.clock.pass_(10 * 60)
    assert (await world.parts.sweep.run()).resent == 1
    await world.pump()
    assert (await only(world)).status == "sent"


@pytest.mark.parametrize("text", ["", "a" * 50, "mot " * 50, "Phrase une. Phrase deux. " * 9, "a\n\nb" * 30])
def test_split_loses_nothing_and_keeps_the_limit(text: str) -> None:
    pieces = split(text, limit=40)
    assert all(len(piece) <= 40 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


async def test_words_said_before_are_known_however_many_messages_wait(world: World) -> None:
    """A lost send must not be taken for an earlier one with the same words."""
    asked: list[Sequence[str]] = []
    find = world.channel.find_sent

    async def note(to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        asked.append(known)
        return await find(to, part, since=since, known=known)

    world.channel.find_sent = note  # type: ignore[method-assign]
    await world.say(QUESTION)
    for number in range(KNOWN + 1):
        await world.receive(world.message(f"Et {number} ?"))
        world.clock.pass_(10)
    world.channel.results = [Unclear("http_500", over=True)]
    await world.pump()
    await world.pump()
    assert asked
    assert "gw-1" in asked[0]
