"""A network's terms are kept before it enforces them: its window for free text, its pace for one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels import Refused
from shared.channels.cloud_api import CloudApi
from shared.channels.green_api import GreenApi
from shared.channels.telegram import Telegram
from shared.channels.waha import Waha
from shared.channels.webchat import Webchat
from shared.conversation import outbox
from shared.delivery.window import CLOSED
from shared.errors import Retry
from shared.formats import whatsapp
from shared.models.events import OutboundReady
from shared.models.handoff import Handoff
from shared.models.message import Outbound
from shared.models.parts import Template, Text
from shared.models.terms import Pace, Terms
from shared.platform.store import Transaction
from tests.world import START, World

DAY = timedelta(hours=24)
REMINDER = Template(name="reminder", language="fr", parameters=["Awa"], text="Bonjour Awa, êtes-vous là ?")


@pytest.fixture
async def written_to(world: World) -> World:
    """A world whose person, Awa, has asked and been answered; her network has a window of a day."""
    world.channel.terms = Terms(window=DAY)
    await world.say("Quand est la messe ?")
    world.channel.sent.clear()
    return world


async def queue(world: World, text: str, template: Template | None = None) -> Outbound:
    """Queues a message that answers no question, such as a reminder."""
    conversation = await world.conversation()

    async def work(tx: Transaction) -> Outbound:
        draft = outbox.Draft(f"own-{conversation.sending.outbound}", [Text(text=text)], template=template)
        queued = outbox.queue(tx, conversation, draft, world.channel.terms, world.clock.now())
        tx.put(conversation)
        return queued

    return await world.store.transaction(work)


async def deliver(world: World, queued: Outbound) -> Outbound:
    await world.parts.outbox.drain(
        OutboundReady(tenant="parish", conversation=queued.conversation, message=queued.message)
    )
    return (await world.outbound())[-1]


async def reasons(world: World) -> list[str]:
    return [handoff.reason for handoff in await world.store.query(Handoff, limit=10, tenant="parish")]


def test_only_meta_closes_a_window() -> None:
    closed = {each for each in (CloudApi, GreenApi, Telegram, Waha, Webchat) if each.terms.window}
    assert closed == {CloudApi}
    assert CloudApi.terms.window == DAY


async def test_inside_the_window_words_are_free(written_to: World) -> None:
    written_to.clock.pass_(DAY.total_seconds() - 60)
    sent = await deliver(written_to, await queue(written_to, "La messe commence."))
    assert (sent.status, written_to.texts()) == ("sent", ["La messe commence."])


async def test_outside_it_nothing_is_tried_and_a_human_is_called(written_to: World) -> None:
    written_to.clock.pass_(DAY.total_seconds() + 1)
    failed = await deliver(written_to, await queue(written_to, "La messe commence."))
    assert (failed.status, failed.error, failed.open) == ("failed", CLOSED, False)
    assert written_to.texts() == []
    assert await reasons(written_to) == ["delivery_failed"]


async def test_outside_it_the_template_goes_where_there_is_one(written_to: World) -> None:
    written_to.clock.pass_(DAY.total_seconds() + 1)
    long = "Bonjour.\n\n" * 1_000  # no part of it may go out
    sent = await deliver(written_to, await queue(written_to, long, REMINDER))
    assert (sent.status, [part.part for part in sent.parts]) == ("sent", [REMINDER])
    assert written_to.texts() == [REMINDER.text]
    assert await reasons(written_to) == []


async def test_what_the_network_refuses_as_outside_goes_as_the_template_too(written_to: World) -> None:
    written_to.channel.results = [Refused(CLOSED)]
    sent = await deliver(written_to, await queue(written_to, "La messe commence.", REMINDER))
    assert sent.status == "sent"
    assert written_to.texts() == ["La messe commence.", REMINDER.text]


async def test_a_template_that_is_refused_fails(written_to: World) -> None:
    written_to.channel.results = [Refused(CLOSED), Refused("meta_132001")]
    failed = await deliver(written_to, await queue(written_to, "La messe commence.", REMINDER))
    assert (failed.status, failed.error) == ("failed", "meta_132001")


async def test_the_person_opens_the_window_again(written_to: World) -> None:
    """Messages queued before the person wrote may go out too."""
    written_to.clock.pass_(DAY.total_seconds() + 1)
    queued = await queue(written_to, "La messe commence.")
    await written_to.receive(written_to.message("Bonjour, c'est encore moi."))
    await deliver(written_to, queued)
    assert written_to.texts() == ["La messe commence."]


async def test_a_network_without_a_window_takes_words_at_any_time(world: World) -> None:
    await world.say("Quand est la messe ?")
    world.clock.pass_(7 * DAY.total_seconds())
    assert (await deliver(world, await queue(world, "La messe commence."))).status == "sent"


async def test_nobody_is_written_to_faster_than_the_network_allows(world: World) -> None:
    world.channel.terms = Terms(pace=Pace(burst=3, every=timedelta(seconds=6)))
    await world.say("Quand est la messe ?")
    for text in "deux", "trois":
        await deliver(world, await queue(world, text))
    fourth, fifth = await queue(world, "quatre"), await queue(world, "cinq")
    with pytest.raises(Retry, match="paced") as paced:
        await deliver(world, fourth)
    assert paced.value.after == 6
    world.clock.pass_(6)
    await deliver(world, fourth)
    with pytest.raises(Retry, match="paced"):
        await deliver(world, fifth)
    assert world.texts()[1:] == ["deux", "trois", "quatre"]


async def test_what_was_not_used_is_there_again(world: World) -> None:
    world.channel.terms = Terms(pace=Pace(burst=2, every=timedelta(seconds=6)))
    await world.say("Quand est la messe ?")
    await deliver(world, await queue(world, "deux"))
    world.clock.pass_(12)
    for text in "trois", "quatre":
        await deliver(world, await queue(world, text))
    assert world.texts()[1:] == ["deux", "trois", "quatre"]


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0, 120)), max_size=40))
def test_a_pace_is_never_exceeded(asked: list[tuple[int, float]]) -> None:
    """Any stretch of time has at most a burst, and as many messages as the pace allows for its length."""
    pace, spent, now = whatsapp.PACE, None, START
    gone = []
    for messages, pause in asked:
        now += timedelta(seconds=pause)
        moment, spent = pace.take(spent, messages, now)
        assert moment >= now
        gone += [moment] * messages
    for first in range(len(gone)):
        for last in range(first, len(gone)):
            worth = pace.burst + (gone[last] - gone[first]) / pace.every
            assert last - first + 1 <= worth + 1e-6
