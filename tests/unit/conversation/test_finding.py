"""People are found by name and number, at a cost that follows the people found."""

from __future__ import annotations

import random

import pytest

from shared.answers.administration.search import SHOWN, Search
from shared.conversation.finding import index
from shared.models.external import External
from shared.models.people import Contact
from shared.platform import effects
from tests.world import START, World

FIRST = "Awa Moussa Fatou Ibrahima Aminata Ousmane Khady Mariama Cheikh Rose Binta Modou".split()
LAST = "Diop Ndiaye Fall Sow Ba Sarr Gueye Cissé Diouf Faye Mbaye Sagna Camara Sy Seck".split()
NAMES = [
    "Awa Diop",
    "Hélène Sagna",
    "N'Diaye Fatou",
    "El Hadj Malick Sy",
    "محمد الحسن",
    "عبد الله ديوب",
    "Bâ",
    "Jean-Baptiste Mendy",
]


def person(name: str, contact: str, phone: str = "", tenant: str = "parish") -> Contact:
    made = Contact(tenant=tenant, contact=contact, name=name, phone=phone, created_at=START)
    if phone:
        made.identities = [f"whatsapp:{phone}"]
    index(made)
    return made


@pytest.fixture
async def known(world: World) -> World:
    for place, name in enumerate(NAMES):
        await world.store.put(person(name, f"c-{place}", f"+2217700000{place:02}"))
    return world


async def found(world: World, asked: str) -> tuple[list[str], bool]:
    hits = await Search(world.store).find("parish", asked)
    return [each.name for each in hits.people], hits.near


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("awa", "Awa Diop"),
        ("DIOP awa", "Awa Diop"),
        ("Dio", "Awa Diop"),
        ("helene", "Hélène Sagna"),
        ("Ndiaye", "N'Diaye Fatou"),
        ("n'diaye", "N'Diaye Fatou"),
        ("elhadj sy", "El Hadj Malick Sy"),
        ("hadj malick", "El Hadj Malick Sy"),
        ("ba", "Bâ"),
        ("محمد", "محمد الحسن"),
        ("حسن", "محمد الحسن"),
        ("إلحسن", "محمد الحسن"),
        ("عبدالله", "عبد الله ديوب"),
        ("jean baptiste", "Jean-Baptiste Mendy"),
        ("00003", "El Hadj Malick Sy"),
        ("003", "El Hadj Malick Sy"),
        ("+221 77 000 00 03", "El Hadj Malick Sy"),
        ("00221770000003", "El Hadj Malick Sy"),
        ("٠٠٣", "El Hadj Malick Sy"),
    ],
)
async def test_a_name_or_a_number_is_found_as_people_write_it(known: World, asked: str, name: str) -> None:
    people, near = await found(known, asked)
    assert people[:1] == [name]
    assert not near


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Diopp", "Awa Diop"),
        ("Dop", "Awa Diop"),
        ("Diob", "Awa Diop"),
        ("Idop", "Awa Diop"),
        ("Helne Sagna", "Hélène Sagna"),
        ("Sanga", "Hélène Sagna"),
        ("awa dyop", "Awa Diop"),
        ("محمذ", "محمد الحسن"),
    ],
)
async def test_one_slip_is_a_suggestion(known: World, asked: str, name: str) -> None:
    assert await found(known, asked) == ([name], True)


@pytest.mark.parametrize("asked", ["Ava", "12", "", "#", "🙂", "Zzzz", "x" * 5_000, "../..", "__x__", "Sow"])
async def test_nobody_else_is_suggested(known: World, asked: str) -> None:
    assert (await found(known, asked))[0] == []


async def test_a_record_is_found_by_its_id_in_the_organisations_system(known: World) -> None:
    await known.store.put(
        External(
            tenant="parish", external="KN-1", written_id="KN-1", contact="c-1", updated_at=known.clock.now()
        )
    )
    assert (await found(known, "kn-1"))[0] == ["Hélène Sagna"]


async def test_no_other_tenants_people_are_found(known: World) -> None:
    await known.store.put(person("Zeynab Kone", "c-z", "+221770009999", tenant="hotel"))
    assert (await found(known, "Zeynab"))[0] == []
    assert (await found(known, "9999"))[0] == []


async def test_a_search_costs_the_same_among_ten_thousand_people(world: World) -> None:
    chance = random.Random(7)  # noqa: S311
    for place in range(10_000):
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        await world.store.put(person(name, f"c-{place:05}", f"+2217{place:08}"))
    await world.store.put(person("Zeynab Tavarez", "c-last", "+221799999999"))
    for asked, most in [("Tavarez", 4), ("Tavares", 30), ("Awa Diop", 45), ("Diop", 85), ("9999999", 3)]:
        account = effects.begin()
        hits = await Search(world.store).find("parish", asked)
        assert hits.people, asked
        assert account.reads <= most, (asked, account.reads)
    many = await Search(world.store).find("parish", "Awa")
    assert len(many.people) == SHOWN
    assert many.more
