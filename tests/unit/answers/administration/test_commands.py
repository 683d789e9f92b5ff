"""Commands: both languages, roles, numbers of lists, and words to a person that look like commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.models.administrator import LISTED
from shared.models.message import Inbound
from shared.models.parts import Pressed, as_text
from shared.models.people import Contact
from tests.unit.answers.administration.office import (
    AGENT,
    AWA,
    BOSS,
    LEAD,
    MOUSSA,
    audit,
    contact,
    last,
    offered,
    office,
    orders,
    own,
    said_to,
    writes,
)
from tests.unit.conversation.test_finding import person
from tests.unit.handoff.desk import request, take
from tests.world import START, World


async def pressed(world: World, number: str, id: str) -> str:
    """Returns the answer to a choice with this id."""
    before = len(said_to(world, number))
    world.clock.pass_(2)
    parts = [Pressed(id=id, title="x")]
    await world.receive(world.message("x", peer=number).model_copy(update={"parts": parts}))
    await world.pump()
    return "\n".join(said_to(world, number)[before:])


@pytest.mark.parametrize("sign", ["#", "/", ""])
@pytest.mark.parametrize("word", ["find", "cherche", "Chercher", "TROUVE"])
async def test_a_search_in_both_languages(world: World, sign: str, word: str) -> None:
    await orders(world, f"{sign}{word} diop")
    assert await offered(world, BOSS) == ["Awa Diop"]


async def test_a_slip_is_suggested_and_nobody_is_made_up(world: World) -> None:
    assert "Vouliez-vous dire" in await orders(world, "#cherche Diopp")
    assert await offered(world, BOSS) == ["Awa Diop"]
    assert "personne pour Zzzz" in await orders(world, "#cherche Zzzz")
    assert "Awa Diop" in await orders(world, "#cherche 0001")


async def test_more_than_ten_are_narrowed_down(world: World) -> None:
    for place in range(30):
        await world.store.put(person(f"Fatou Fall {place}", f"c-f{place:02}"))
    assert "Il y en a d'autres" in await orders(world, "#cherche Fall")
    assert len(await offered(world, BOSS)) == 10


@pytest.mark.parametrize("text", ["#show 1", "/montre 1", "show 1", "1", "montrer 1"])
async def test_a_person_is_shown_with_the_reason(world: World, text: str) -> None:
    await orders(world, "#find diop")
    told = await orders(world, text)
    assert "Awa Diop" in told
    assert AWA in told
    assert "answered:" in told
    assert "Quand est la messe" in told
    assert await last(world) == ("chief", "show", "done")


async def test_what_people_may_not_see_is_not_shown(tmp_path: Path) -> None:
    attributes = {"group": {"type": "text"}, "iban": {"type": "text", "private": True}}
    world = await office(tmp_path, attributes=attributes)
    awa = await contact(world, "Awa Diop")
    awa.attributes = {"group": "Confirmation", "iban": "SN-SECRET"}
    await world.store.put(awa)
    await orders(world, "#find diop")
    listed, shown = as_text(world.channel.parts[-1]), await orders(world, "#show 1")
    assert "Confirmation" in listed
    assert "Confirmation" in shown
    assert "SECRET" not in listed + shown


@pytest.mark.parametrize(
    "text", ["find Diop", "#find Diop", "#forget 1", "pause", "#pause", "/today", "#pin"]
)
async def test_a_person_who_writes_a_command_is_a_person(world: World, text: str) -> None:
    await writes(world, MOUSSA, text)
    assert await audit(world) == []
    assert "Awa" not in "".join(said_to(world, MOUSSA))
    assert "answer to" in said_to(world, MOUSSA)[-1] or "équipe" in said_to(world, MOUSSA)[-1]


@pytest.mark.parametrize("text", ["#find Diop", "#pause", "#forget 1", "#broadcast x", "#today", "/block 1"])
async def test_an_agent_is_refused_and_that_is_logged(world: World, text: str) -> None:
    assert "réservée aux administrateurs" in await orders(world, text, AGENT)
    assert (await last(world))[2] == "refused: admin_refused"


@pytest.mark.parametrize("text", ["#pause", "#forget 1", "#broadcast x", "#block 1", "#unblock 1", "#pin"])
async def test_a_supervisor_may_do_less(world: World, text: str) -> None:
    await orders(world, "#find diop", LEAD)
    assert await offered(world, LEAD) == ["Awa Diop"]
    assert "for administrators" in await orders(world, text, LEAD)
    assert (await last(world))[2] == "refused: admin_refused"


async def test_help_is_made_of_the_role(world: World) -> None:
    boss, lead, agent = [await orders(world, "#help", each) for each in (BOSS, LEAD, AGENT)]
    assert "#oublier" in boss
    assert "#find" in lead
    assert "#forget" not in lead
    assert "#cherche" not in agent
    assert "#take" in agent


async def test_an_incomplete_command_is_explained(world: World) -> None:
    for text in ("#find", "#show", "#say 1", "#forget", "#show x", "#pause now"):
        assert "#aide" in await orders(world, text), text


async def test_a_number_holds_for_half_an_hour_and_for_ones_own_list(world: World) -> None:
    await orders(world, "#find diop")
    assert "Awa Diop" in await orders(world, "#show 1")
    assert "pas de numéro 2" in await orders(world, "#show 2")
    assert "no number 1" in await orders(world, "#show 1", LEAD)
    world.clock.pass_(LISTED.total_seconds())
    assert "pas de numéro 1" in await orders(world, "#show 1")


async def test_a_number_that_was_written_before_its_list_is_not_meant(world: World) -> None:
    await orders(world, "#find diop")
    written = world.message("#show 1", peer=BOSS)
    world.clock.pass_(5)
    await orders(world, "#find sagna")
    before = len(said_to(world, BOSS))
    await world.receive(written)
    await world.pump()
    assert "pas de numéro 1" in "".join(said_to(world, BOSS)[before:])


async def test_ids_in_choices_prove_nothing(world: World) -> None:
    await world.store.put(
        Contact(tenant="hotel", contact="c-x", name="Of another", created_at=START, search=["=of"])
    )
    await orders(world, "#find diop")
    stamp = (await own(world)).listed.stamp  # type: ignore[union-attr]
    assert "Awa Diop" in await pressed(world, BOSS, f"admin:show:1:{stamp}")
    for id in ("admin:show:2:1", f"admin:show:2:{stamp}", f"admin:show:1:{stamp + 1}", "admin:show:0:0"):
        assert "pas de numéro" in await pressed(world, BOSS, id), id
    for id in ("admin:forget:1:1", "admin:show:c-x:1", "admin:show", "admin:show:²:1", "admin:pause:1:1"):
        assert "Of another" not in await pressed(world, BOSS, id), id
    for number in (AGENT, AWA):
        assert "Awa Diop" not in await pressed(world, number, f"admin:show:1:{stamp}")
    assert {entry.what for entry in await audit(world)} == {"find", "show"}


async def test_a_list_with_a_contact_of_another_tenant_shows_nobody(world: World) -> None:
    await world.store.put(Contact(tenant="hotel", contact="c-x", name="Of another", created_at=START))
    await orders(world, "#find diop")
    mine = await own(world)
    assert mine.listed
    mine.listed.contacts = ["c-x"]
    await world.store.put(mine)
    assert "pas de numéro 1" in await orders(world, "#show 1")
    assert "pas de numéro 1" in await orders(world, "#say 1 Bonjour")


# --- with a talk open


@pytest.mark.parametrize("text", ["find your group first", "dire 1 bonjour", "pause", "1", "show 1", "aide"])
async def test_words_to_a_person_are_never_a_command(world: World, text: str) -> None:
    await orders(world, "#find sagna")
    await take(world, BOSS)
    before = len(await audit(world))
    await writes(world, BOSS, text)
    assert said_to(world, AWA)[-1] == text
    assert len(await audit(world)) == before


async def test_a_signed_command_in_a_talk_does_not_reach_the_person(world: World) -> None:
    await take(world, BOSS)
    before = said_to(world, AWA)
    for text in ("#find sagna", "/cherche sagna", "#today", "#show 1"):
        await orders(world, text)
    assert said_to(world, AWA) == before


# --- taking over and writing


@pytest.mark.parametrize("text", ["#take 1", "take 1", "/prends 1"])
async def test_a_conversation_is_taken_over(world: World, text: str) -> None:
    await orders(world, "#find diop")
    assert "Awa Diop reçoit vos mots" in await orders(world, text)
    made = await request(world)
    assert (made.state, made.holder, made.reason) == ("taken", "chief", "staff")
    await writes(world, AWA, "Bonjour ?")
    assert "Bonjour ?" in said_to(world, BOSS)[-1]
    await writes(world, BOSS, "Bonjour Awa")
    assert said_to(world, AWA)[-1] == "Bonjour Awa"


async def test_taking_takes_the_open_request(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await orders(world, "#find diop")
    await orders(world, "#take 1")
    assert (await request(world)).holder == "chief"


async def test_a_number_of_both_a_list_and_a_request_is_asked_about(world: World) -> None:
    await writes(world, MOUSSA, "Je voudrais parler à quelqu'un")
    await world.parts.handoff.due.run()
    await world.pump()
    await orders(world, "#find diop")
    assert "demande et une personne" in await orders(world, "#take 1")
    assert [title[0] for title in await offered(world, BOSS)] == ["#", "1"]
    assert (await request(world)).state != "taken"


@pytest.mark.parametrize("text", ["#say 1 Le livret est prêt.", "dire 1 Le livret est prêt."])
async def test_words_are_said_as_staff_and_the_concierge_keeps_silent(world: World, text: str) -> None:
    await orders(world, "#find diop")
    assert "Vos mots vont à Awa Diop" in await orders(world, text)
    assert said_to(world, AWA)[-1] == "Le livret est prêt."
    sent = len(said_to(world, AWA))
    await writes(world, AWA, "Merci. Quand est la messe ?")
    assert len(said_to(world, AWA)) == sent
    entry = (await audit(world))[-1]
    assert (entry.what, entry.about) == ("say", (await contact(world, "Awa Diop")).contact)
    assert "livret" not in entry.model_dump_json()
    assert "now" in await orders(world, "#say 1 now", BOSS) or said_to(world, AWA)[-1] == "now"


async def test_another_members_talk_is_not_taken_away(world: World) -> None:
    await take(world, AGENT)
    await orders(world, "#find diop")
    assert "Aminata Ba a pris" in await orders(world, "#say 1 Bonjour")
    assert "Bonjour" not in said_to(world, AWA)
    assert (await last(world))[2] == "refused: staff_taken_by"


async def test_nothing_is_said_outside_the_networks_window(world: World) -> None:
    from datetime import timedelta

    from shared.models.terms import Terms

    world.channel.terms = Terms(window=timedelta(hours=24))
    world.clock.pass_(25 * 3600)
    await orders(world, "#find diop")
    assert "trop longtemps" in await orders(world, "#say 1 Bonjour")
    assert "Bonjour" not in said_to(world, AWA)


async def test_a_person_who_never_wrote_cannot_be_written_to(world: World) -> None:
    await world.store.put(person("Zeynab Kone", "c-z", "+221770000077"))
    await orders(world, "#find zeynab")
    for text in ("#say 1 Bonjour", "#take 1"):
        assert "jamais écrit" in await orders(world, text)


async def test_staff_neither_take_nor_write_to_themselves(world: World) -> None:
    await orders(world, "#find 0903")
    assert "C'est vous" in await orders(world, "#take 1")


# --- figures


async def test_the_day_in_numbers(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    told = await orders(world, "#aujourd'hui")
    assert told.startswith("Aujourd'hui : 4 messages, 2 avec réponse, 1 pour l'équipe, 1 demandes ouvertes")


async def test_health_in_plain_sentences(world: World) -> None:
    assert "Tout va bien" in await orders(world, "#sante")
    waiting = (await world.inbound())[0].model_copy(
        update={"outcome": None, "due_at": START, "message": "late", "gateway_id": "late"}
    )
    await world.store.put(Inbound.model_validate(waiting.model_dump()))
    assert "1 messages attendent" in await orders(world, "#health")
