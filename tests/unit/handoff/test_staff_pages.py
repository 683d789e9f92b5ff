"""`#page`: a private page that a member of staff makes for the person they talk with."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.channels import Download
from shared.conversation.pages import digest
from shared.errors import Drop
from shared.models.page import Page
from shared.models.parts import Media, Part, Text
from tests.unit.handoff.desk import BINTA, ONE, TWO, parish, request, said_to, take, writes
from tests.world import AWA, World

PDF = b"%PDF-1.7\n" + bytes(100)
WORDS = "#page Programme de *décembre*\nVoici les dates :\n- le 5\n- le 12"
LINK = re.compile(r"https://concierge\.example/pages/parish/([0-9a-f]{40})\b")


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path, timezone="Africa/Dakar")


async def made(world: World) -> list[Page]:
    return await world.store.query(Page, order="created_at", limit=10, tenant="parish")


def document(id: str, caption: str = "", filename: str = "programme.pdf") -> Media:
    return Media(kind="document", id=id, mimetype="application/pdf", filename=filename, caption=caption)


async def sends(world: World, number: str, *parts: Part) -> None:
    """A message of this number with these parts, and all that follows."""
    world.clock.pass_(2)
    event = world.message("", peer=number).model_copy(update={"parts": list(parts)})
    await world.receive(event)
    await world.pump()


async def test_the_person_gets_the_link_and_staff_are_told(world: World) -> None:
    await take(world)
    await writes(world, ONE, WORDS)
    (page,) = await made(world)
    assert (page.content.title, page.content.kind) == ("Programme de *décembre*", "text")
    assert page.content.text == ["Voici les dates :\n- le 5\n- le 12"]
    assert (page.made_by, page.content.language) == ("one", "fr")
    assert page.expires_at == page.created_at + timedelta(days=7)
    told = said_to(world, AWA)[-1]
    link = LINK.search(told)
    assert link is not None
    assert digest(link[1]) == page.page
    assert "vendredi 27 novembre 2026" in told
    assert said_to(world, ONE)[-1].startswith("Page pour #1, Awa : « Programme de ∗décembre∗ »")
    person = await world.conversation_of(AWA)
    assert (page.contact, page.conversation) == (person.contact, person.conversation)
    assert "/pages/" not in " ".join(line.text for line in person.history)


async def test_files_of_the_message_are_attached(world: World) -> None:
    await take(world)
    world.channel.files = {"a": Download(PDF, "application/pdf"), "b": Drop("media_missing")}
    await sends(world, ONE, document("a", "#page Programme"), document("b", filename="absent.pdf"))
    (page,) = await made(world)
    (file,) = page.content.files
    assert (file.name, file.media_type, file.size) == ("programme.pdf", "application/pdf", len(PDF))
    assert file.blob == f"tenants/parish/pages/{page.page}/0"
    assert await world.ports.blobs.get(file.blob) == PDF
    assert said_to(world, ONE)[-1].endswith("Ces fichiers n'ont pas pu être joints : absent.pdf.")


@pytest.mark.parametrize("words", ["#page", "#page Titre seul", "#page  \n "])
async def test_an_empty_page_is_not_made(world: World, words: str) -> None:
    await take(world)
    before = said_to(world, AWA)
    await writes(world, ONE, words)
    assert (await made(world), said_to(world, AWA)) == ([], before)
    assert "Rien n'a été envoyé" in said_to(world, ONE)[-1]


async def test_only_the_holder_makes_a_page(world: World) -> None:
    await take(world)
    number = (await request(world)).number
    before = said_to(world, AWA)
    await writes(world, TWO, f"#page #{number} Programme\ntexte")
    assert (await made(world), said_to(world, AWA)) == ([], before)
    assert "Aminata Ba" in said_to(world, TWO)[-1]


async def test_a_title_may_begin_with_a_number(world: World) -> None:
    """It names no request: with a second one open, a page could reach another person."""
    await take(world)
    await writes(world, ONE, "#page 2 dates\ntexte")
    (page,) = await made(world)
    assert page.content.title == "2 dates"


async def test_with_two_talks_the_request_is_named(world: World) -> None:
    await take(world)
    await take(world, ONE, BINTA)
    before = said_to(world, AWA), said_to(world, BINTA)
    await writes(world, ONE, "#page Programme\ntexte")
    assert (await made(world), (said_to(world, AWA), said_to(world, BINTA))) == ([], before)
    await writes(world, ONE, "#page #2 Programme\ntexte")
    (page,) = await made(world)
    assert page.contact == (await world.conversation_of(BINTA)).contact
    assert said_to(world, AWA) == before[0]
    assert LINK.search(said_to(world, BINTA)[-1])


async def test_a_page_is_taken_back(world: World) -> None:
    await take(world)
    await writes(world, ONE, "#page Un\ntexte")
    await writes(world, ONE, "#page Deux\ntexte")
    await writes(world, ONE, "#page off")
    first, second = await made(world)
    now = world.clock.now()
    assert (first.open(now), second.open(now)) == (True, False)
    assert said_to(world, ONE)[-1] == "La page de #1 ne s'ouvre plus."
    await writes(world, ONE, "#page OFF")
    assert said_to(world, ONE)[-1] == "Il n'y a pas de page à retirer pour #1."


async def test_a_repeat_makes_one_page(world: World) -> None:
    await take(world)
    event = world.message(WORDS, peer=ONE)
    for _ in range(3):
        await world.receive(event)
        await world.pump()
    assert len(await made(world)) == 1
    assert len([words for words in said_to(world, AWA) if LINK.search(words)]) == 1


async def test_a_person_who_writes_the_command_makes_no_page(world: World) -> None:
    await take(world)
    await writes(world, AWA, WORDS)
    assert await made(world) == []


async def test_words_below_the_files_are_the_text(world: World) -> None:
    await take(world)
    world.channel.files = {"a": Download(PDF, "application/pdf")}
    await sends(world, ONE, Text(text="#page Programme\nVoici."), document("a"))
    (page,) = await made(world)
    assert (page.content.text, len(page.content.files)) == (["Voici."], 1)
