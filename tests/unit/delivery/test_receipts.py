"""Receipts: the status of messages and parts after they were sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.channels import Sent, Unclear
from shared.errors import Drop, Retry
from shared.models.events import ReceiptStatus
from tests.fakes.model import Reply
from tests.unit.delivery.parts import QUESTION, handoffs, only, receipt
from tests.world import World


@pytest.mark.parametrize(
    "order", [["sent", "delivered", "read"], ["read", "delivered", "sent"], ["read", "read"]]
)
async def test_receipts_move_forward_only(world: World, order: list[ReceiptStatus]) -> None:
    await world.say(QUESTION)
    for status in order:
        await world.parts.receipts.receive(receipt(world, status))
    assert (await only(world)).status == "read"


async def test_a_receipt_that_carries_our_id_settles_a_lost_answer(world: World) -> None:
    world.channel.results = [Unclear("answer lost")]
    world.channel.has = NotImplementedError()
    await world.say(QUESTION)
    told = receipt(world, "delivered", "gw-told").model_copy(update={"turn": "re-M1"})
    await world.parts.receipts.receive(told)
    message = await only(world)
    assert (message.status, message.open, message.gateway_ids) == ("delivered", False, ["gw-told"])
    await world.pump()
    assert len(world.channel.sent) == 1


async def test_a_receipt_of_a_repeated_part_does_not_settle_the_part_after_it(world: World) -> None:
    """Seen in world 42000041 of the simulation: the gateway failed after sending the first part, so that part
    was retried. The second part was lost in a crash, and the receipt of the first part's first sending was
    taken for the second part's."""
    world.provider.replies = [Reply("premier. " * 300 + "\n\n" + "second. " * 300, True)]
    world.channel.results = [Unclear("http_500", over=True), Sent("gw-1b"), Unclear("unanswered")]
    world.channel.has = NotImplementedError()
    await world.say(QUESTION)
    await world.pump()
    assert [part.status for part in (await only(world)).parts] == ["sent", "unknown"]
    of_the_first = receipt(world, "delivered", "gw-1a").model_copy(update={"turn": "re-M1"})
    with pytest.raises(Retry):
        await world.parts.receipts.receive(of_the_first)
    assert [part.status for part in (await only(world)).parts] == ["sent", "unknown"]


async def test_a_receipt_with_our_id_waits_while_the_call_is_still_being_made(world: World) -> None:
    await world.say(QUESTION)
    other = receipt(world, "read", "gw-other").model_copy(update={"turn": "re-M1"})
    with pytest.raises(Retry):
        await world.parts.receipts.receive(other)


async def test_a_receipt_that_comes_before_its_message_waits_for_it_but_not_for_ever(world: World) -> None:
    early = receipt(world, "read", "gw-unknown")
    with pytest.raises(Retry):
        await world.parts.receipts.receive(early)
    world.clock.time += timedelta(minutes=2)
    with pytest.raises(Drop):
        await world.parts.receipts.receive(early)


async def test_a_failure_that_the_gateway_reports_later_calls_a_human(world: World) -> None:
    await world.say(QUESTION)
    await world.parts.receipts.receive(receipt(world, "failed"))
    assert (await only(world)).status == "failed"
    assert await handoffs(world) == ["delivery_failed"]
    await world.parts.receipts.receive(receipt(world, "read"))
    assert (await only(world)).status == "failed"
