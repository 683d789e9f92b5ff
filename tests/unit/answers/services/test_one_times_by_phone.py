"""One-time codes by phone: to the number on file, only as the network allows, and never over a human."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.conversation.conversation import Conversation
from shared.models.people import Address, Contact
from shared.models.tenant import Channel
from shared.models.terms import Terms
from shared.platform.store import Where
from tests.unit.answers.services.families import (
    PHONE,
    RIGHT,
    SENT,
    Families,
    answer_to,
    asks,
    family,
    parish,
    shut,
)
from tests.world import World


@pytest.fixture
async def by_phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, families: Families) -> World:
    """The parish, whose record of the family has a phone only."""
    families.of[RIGHT] = family("Diop", 1, phone="+221 77 000 09 51")
    world = await parish(tmp_path, monkeypatch, families)
    world.channel.terms = Terms(strangers=True)
    return world


def messages_to(world: World, number: str) -> list[str]:
    return [text for chat, text in world.channel.sent if chat == f"{number[1:]}@c.us"]


async def test_without_mail_the_code_goes_to_the_phone_on_file(by_phone: World) -> None:
    await shut(by_phone)
    assert SENT in await asks(by_phone, RIGHT)
    (message,) = messages_to(by_phone, PHONE)
    (code,) = re.findall(r"\b\d{6}\b", message)
    phone = await by_phone.conversation_of(PHONE)
    assert code not in phone.preview + str(phone.history)
    assert await answer_to(by_phone, code) == "Bienvenue Diop (consult_notes)"


async def test_a_phone_that_a_closed_window_keeps_from_us_gets_nothing(
    by_phone: World, lines: list[dict[str, object]]
) -> None:
    await by_phone.say("Bonjour", peer=PHONE)
    by_phone.channel.terms = Terms(window=timedelta(hours=24))
    by_phone.clock.pass_(25 * 3600)
    await shut(by_phone)
    said = len(messages_to(by_phone, PHONE))
    assert SENT in await asks(by_phone, RIGHT)
    assert len(messages_to(by_phone, PHONE)) == said
    assert [line["reason"] for line in lines if line["event"] == "one_time_unsent"] == ["window_is_closed"]


async def test_the_code_is_not_said_over_a_human(by_phone: World) -> None:
    await by_phone.say("Bonjour", peer=PHONE)
    await by_phone.receive(by_phone.staff("Je suis là.", peer=PHONE))
    said = len(messages_to(by_phone, PHONE))
    await shut(by_phone)
    await asks(by_phone, RIGHT)
    assert len(messages_to(by_phone, PHONE)) == said


async def test_a_number_that_only_the_organisation_knows_of_a_contact_proves_nothing(
    by_phone: World,
) -> None:
    """The network of the conversation has to prove it: another one's id is not the number."""
    await by_phone.store.put(Channel(tenant="parish", channel="telegram", kind="telegram"))
    await shut(by_phone)
    peer = Address(chat="9000001", identities=["telegram:9000001"], name="Awa")
    for number, words in enumerate(("mes notes", RIGHT)):
        by_phone.clock.pass_(7)
        event = by_phone.message(words, id=f"T{number}")
        await by_phone.receive(event.model_copy(update={"channel": "telegram", "peer": peer}))
        where = [Where("identities", "array_contains", "telegram:9000001")]
        (contact,) = await by_phone.store.query(Contact, where=where, limit=2, tenant="parish")
        contact.phone, contact.identities = PHONE, ["telegram:9000001", f"whatsapp:{PHONE}"]
        await by_phone.store.put(contact)
    found = await by_phone.store.query(Conversation, limit=50, tenant="parish")
    (mine,) = [each for each in found if each.channel == "telegram"]
    assert mine.session.verified is None
    assert mine.session.errand is not None
    assert mine.session.errand.step == "one_time"
