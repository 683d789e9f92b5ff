"""Gaps: a repeat counts on one document, and nothing in it leads to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.conversation.acts import Scene
from shared.conversation.gaps import KEPT, LENGTH, Gap, NoteGap, impersonal
from shared.models.tenant import Tenant
from shared.platform.store import Transaction
from tests.fakes.asked import asked
from tests.fakes.model import Reply
from tests.world import AWA, World

OTHER = "+221770000002"
UNKNOWN = Reply("Je ne sais pas.", known=False)


async def note(world: World, question: str, language: str = "fr", tenant: str = "parish") -> None:
    turn = asked(Tenant(tenant=tenant, name="T", languages=["fr"]), question, language)

    async def work(tx: Transaction) -> None:
        act = NoteGap(question, language)
        (await act.prepare(Scene(tx, turn.conversation, turn.batch, world.clock.now()))).write()

    await world.store.transaction(work)


async def kept(world: World, tenant: str = "parish") -> list[Gap]:
    return await world.store.query(Gap, order="first_at", limit=100, tenant=tenant)


# --- counting


async def test_a_repeat_in_other_order_and_case_counts_once_more(world: World) -> None:
    first = world.clock.now()
    await note(world, "Avez-vous un parking couvert ?")
    world.clock.pass_(3600)
    await note(world, "COUVERT, le Parking ???")
    (gap,) = await kept(world)
    assert (gap.question, gap.language, gap.count) == ("Avez-vous un parking couvert ?", "fr", 2)
    assert (gap.first_at, gap.last_at) == (first, world.clock.now())
    assert gap.expires_at == world.clock.now() + KEPT


async def test_another_question_is_another_gap(world: World) -> None:
    await note(world, "Avez-vous un parking ?")
    await note(world, "Avez-vous une piscine ?")
    assert [gap.count for gap in await kept(world)] == [1, 1]


async def test_questions_of_everyday_words_alone_are_told_apart(world: World) -> None:
    await note(world, "C'est combien ?")
    await note(world, "Et pourquoi ?")
    await note(world, "Combien c'est")
    assert [gap.count for gap in await kept(world)] == [2, 1]


async def test_a_language_that_we_do_not_ship_is_counted_too(world: World) -> None:
    await note(world, "Hol dy parking?", "ff")
    await note(world, "parking dy hol", "ff")
    assert [(gap.language, gap.count) for gap in await kept(world)] == [("ff", 2)]


async def test_an_expired_gap_begins_anew(world: World) -> None:
    await note(world, "Un parking ?")
    world.clock.pass_(KEPT.total_seconds())
    await note(world, "Le parking ?")
    (gap,) = await kept(world)
    assert (gap.question, gap.count, gap.first_at) == ("Le parking ?", 1, world.clock.now())


async def test_a_slow_clock_does_not_move_the_last_time_back(world: World) -> None:
    await note(world, "Un parking ?")
    newest = world.clock.now()
    world.clock.time -= timedelta(minutes=1)
    await note(world, "Un parking ?")
    (gap,) = await kept(world)
    assert (gap.count, gap.last_at) == (2, newest)


async def test_two_tenants_do_not_share_a_gap(world: World) -> None:
    await note(world, "Un parking ?")
    await note(world, "Un parking ?", tenant="hotel")
    assert [gap.count for gap in await kept(world)] == [1]
    assert [gap.count for gap in await kept(world, "hotel")] == [1]


# --- privacy


@pytest.mark.parametrize(
    ("question", "stored"),
    [
        ("Mon code est 4821, pourquoi ?", "Mon code est …, pourquoi ?"),
        ("Rappelez le +221 77 000 00 01 svp", "Rappelez le +… svp"),
        ("au 77-000.00 (01)", "au …)"),
        ("٠٧٧٠٠٠٠٠٠١ ؟", "… ؟"),
        ("Né le 12/05/85 à Dakar", "Né le … à Dakar"),
        ("passeport A1234567", "passeport A…"),
        ("écrire à awa.diop@example.org, ou pas ?", "écrire à … ou pas ?"),
        ("77 000 00 01@example.org", "… …"),
        ("dis à @awa_d de venir", "dis à … de venir"),
        ("voir https://example.org/a?b=1 merci", "voir … merci"),
        ("(HTTP://EXAMPLE.ORG) et www.example.sn", "… et …"),
        ("wa.me/awa ou example.com", "… ou …"),
        ("Ouvert à 8h30 ou 12h, chambre 212, 2-3 nuits ?", "Ouvert à 8h30 ou 12h, chambre 212, 2-3 nuits ?"),
        ("Bonjour.Quand est la messe ?\nMerci", "Bonjour.Quand est la messe ? Merci"),
    ],
)
async def test_numbers_and_addresses_are_left_out(world: World, question: str, stored: str) -> None:
    assert impersonal(question) == stored
    await note(world, question)
    assert [gap.question for gap in await kept(world)] in ([stored], [])


async def test_the_id_has_no_trace_of_a_number(world: World) -> None:
    await note(world, "Où est le colis 770000001 ?")
    await note(world, "Où est le colis 770000002 ?")
    (gap,) = await kept(world)
    assert (gap.question, gap.count) == ("Où est le colis … ?", 2)


@pytest.mark.parametrize("question", ["", "???", "770000001", "awa@example.org", "🙏"])
async def test_a_question_without_words_of_its_own_is_not_noted(world: World, question: str) -> None:
    await note(world, question)
    assert await kept(world) == []


async def test_a_long_question_is_cut_after_its_numbers_are_left_out(world: World) -> None:
    await note(world, "a" * (LENGTH - 6) + " 770000001 et la suite")
    await note(world, "parking " * 3_000)
    for gap in await kept(world):
        assert len(gap.question) <= LENGTH
        assert gap.question.endswith("…")
        assert "7" not in gap.question


@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "1-a", "7", "w", "…"])
def test_a_hostile_text_takes_no_long_time(piece: str) -> None:
    """Each takes milliseconds; with quadratic backtracking it would take minutes, and the test times out."""
    assert impersonal(piece * 300_000)


# --- a whole turn


async def test_a_question_without_an_answer_leaves_no_one_who_asked(world: World) -> None:
    for peer in (AWA, OTHER):
        world.provider.replies = [UNKNOWN]
        await world.say("Avez-vous un parking ?", peer=peer)
    (gap,) = await kept(world)
    assert gap.count == 2
    document = gap.model_dump()
    assert set(document) == {
        *("tenant", "gap", "question", "language", "count", "first_at", "last_at", "expires_at")
    }
    inbound = await world.inbound()
    people = {message.conversation for message in inbound} | {message.message for message in inbound}
    assert not any(each in str(document) for each in [*people, AWA[1:], OTHER[1:], "Awa", "waha"])


async def test_the_second_miss_in_a_row_is_noted_too(world: World) -> None:
    world.provider.replies = [UNKNOWN, UNKNOWN]
    await world.say("Avez-vous un parking ?")
    await world.say("Et une piscine ?")
    assert await world.outcomes() == ["answered", "handed_off"]
    assert {gap.question for gap in await kept(world)} == {"Avez-vous un parking ?", "Et une piscine ?"}


async def test_an_answered_question_leaves_none(world: World) -> None:
    await world.say("Quand est la messe ?")
    await world.say("/help")
    await world.say("un humain svp")
    assert await kept(world) == []


async def test_a_turn_that_a_human_took_over_leaves_none(world: World) -> None:
    async def step_in() -> None:
        await world.receive(world.staff("Je réponds."))

    world.provider.replies, world.provider.meanwhile = [UNKNOWN], [step_in]
    await world.say("Avez-vous un parking ?")
    assert await kept(world) == []
