"""Pages made by actions: words, certificates, calendars, and files within their limits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.answers import Asked
from shared.answers.attaching import SIZE, Attaching
from shared.answers.services.lookups import Found, Value
from shared.answers.services.paging import Paging
from shared.answers.services.parts import Paged
from shared.conversation.acts import Scene
from shared.conversation.pages import MakePage, digest
from shared.models.page import Page
from shared.models.service import Action
from shared.models.tenant import Tenant
from shared.models.verification import Linked, Verified
from shared.platform.blobs import NoSuchBlob
from shared.platform.store import Transaction
from shared.records import Broken, File
from tests.fakes.asked import NOW, asked
from tests.world import FakePlugins, World

ORIGIN = "https://concierge.example"
DIOP = Verified(
    profile="parent",
    at=NOW,
    name="Famille Diop",
    subject={"family": [Linked(id="1", text="Diop")], "child": [Linked(id="7", text="Awa")]},
)
SAYS = {
    "fr": {
        "head": "Nous certifions que l'enfant de {{ name }} suit la catéchèse :",
        "row": "- *{{ first }}*, {{ level }}{% if since %}, depuis le {{ since|date }}{% endif %}",
        "none": "Rien pour {{ name }}.",
    }
}


def action(kind: str = "certificate", **page: Any) -> Action:
    fields = {"first": "Prénom", "level": "Niveau", "since": "Depuis", "until": "Fin", "room": "Lieu"}
    return Action.model_validate(
        {
            "names": {"fr": "Attestation"},
            "records": "paroisse",
            "of": "502",
            "where": {"id": "child"},
            "fields": fields,
            "says": SAYS,
            "page": {"kind": kind, "titles": {"fr": "Attestation de {{ first }}"}, **page},
        }
    )


AWA: Mapping[str, Value] = {"id": "7", "first": "Awa", "level": "2e année", "since": date(2025, 10, 4)}


@dataclass
class Office:
    """An organisation with pages; `sources` are the files of its records by their place."""

    world: World
    paging: Paging
    tenant: Tenant
    sources: dict[str, list[bytes] | Exception] = field(default_factory=dict)

    async def read(self, tenant: Tenant, name: str, file: File) -> AsyncIterator[bytes]:
        assert (tenant.tenant, name) == ("parish", "paroisse")
        found = self.sources[file.place]
        if isinstance(found, Exception):
            raise found
        for piece in found:
            yield piece

    async def offer(self, bound: Action, found: Found, language: str = "fr", **of: Any) -> tuple[Paged, Page]:
        turn: Asked = replace(asked(self.tenant, "attestation", language), **of)
        paged = await self.paging.offer(turn, DIOP, "certificate", bound, "", found)
        assert isinstance(paged.act, MakePage)
        return paged, paged.act.page

    async def commit(self, paged: Paged) -> None:
        async def work(tx: Transaction) -> None:
            turn = asked(self.tenant, "attestation", "fr")
            (await paged.act.prepare(Scene(tx, turn.conversation, turn.batch, NOW))).write()

        await self.world.store.transaction(work)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    world = await World(tmp_path).begin(name="Catéchèse", timezone="Africa/Dakar")
    tenant = await world.store.get(Tenant, tenant="parish")
    assert tenant is not None
    made = Office(world, None, tenant)  # type: ignore[arg-type]
    directory = world.directory(FakePlugins(world), ORIGIN)
    attaching = Attaching(world.store, world.ports.blobs)
    made.paging = Paging(attaching, world.ids, directory, made.read, (Broken,))
    return made


async def test_a_certificate_says_who_what_when_and_by_whom(office: Office) -> None:
    paged, page = await office.offer(action(), Found([AWA]))
    assert page.content.title == "Attestation de Awa"
    assert page.content.text == [
        "Nous certifions que l'enfant de Famille Diop suit la catéchèse :",
        "- *Awa*, 2e année, depuis le samedi 4 octobre 2025",
        "Fait le vendredi 20 novembre 2026, à l'attention de Famille Diop.\nCatéchèse",
    ]
    assert (page.contact, page.conversation, page.made_by) == ("c-1", "waha.c-1", "certificate")
    assert page.expires_at == NOW + timedelta(days=7)
    token = paged.link.removeprefix(f"{ORIGIN}/pages/parish/")
    assert (page.page, len(token)) == (digest(token), 40)


async def test_a_page_is_there_with_its_turn_and_not_before(office: Office) -> None:
    paged, page = await office.offer(action(days=2), Found([AWA]))
    assert await office.world.store.get(Page, tenant="parish", page=page.page) is None
    await office.commit(paged)
    await office.commit(paged)  # a turn that starts over
    kept = await office.world.store.get(Page, tenant="parish", page=page.page)
    assert kept is not None
    assert (kept.expires_at, kept.views, kept.open(NOW)) == (NOW + timedelta(days=2), 0, True)


async def test_each_page_has_a_link_of_its_own(office: Office) -> None:
    links = {(await office.offer(action(), Found([AWA])))[0].link for _ in range(20)}
    assert len(links) == 20


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "7"}], "- *–*, –"),
        (
            [{"id": "7", "first": "{{ name }}{% raw %}", "level": "<b>x</b>"}],
            "- *{{ name }}{% raw %}*, <b>x</b>",
        ),
        ([{"id": "7", "first": "*A*", "level": "a\nb"}], "- *∗A∗*, a b"),
        ([{"id": "7", "first": "Awa", "level": "2", "since": "hier"}], "• Awa · 2 · hier"),
        ([{"id": "7", "first": "Awa", "level": 2.5, "since": True}], "• Awa · 2.5"),
        ([{"id": "7", "first": ["Awa", "Rose"], "level": 2}], "- *Awa, Rose*, 2"),
        ([], "Rien pour Famille Diop."),
    ],
)
async def test_values_are_data_whatever_they_are(
    office: Office, rows: list[dict[str, Value]], said: str
) -> None:
    _, page = await office.offer(action("text"), Found(rows))
    assert page.content.text[-1] == said
    assert page.content.title


async def test_old_rows_and_rows_that_are_too_many_are_said(office: Office) -> None:
    kept = Found([AWA], more=True, as_of=datetime(2026, 11, 19, 23, 30, tzinfo=UTC))
    _, page = await office.offer(action("text"), kept)
    assert page.content.text[-2].startswith("Je ne montre que les")
    assert page.content.text[-1] == "Situation au jeudi 19 novembre 2026."
    many: list[dict[str, Value]] = [
        {"id": str(each), "first": "x" * 3_000, "level": "1"} for each in range(100)
    ]
    _, page = await office.offer(action("text"), Found(many))
    assert sum(map(len, page.content.text)) < 65_000
    assert page.content.text[-1].startswith("Je ne montre que les")


async def test_a_page_is_in_one_language(office: Office) -> None:
    """The action's words are French alone."""
    _, page = await office.offer(action(), Found([AWA]), language="en")
    assert page.content.language == "fr"
    assert page.content.text[-1].startswith("Fait le vendredi")


async def test_a_schedule_has_a_calendar(office: Office) -> None:
    rows: list[dict[str, Value]] = [
        {"id": "1", "first": "Baptême", "since": datetime(2026, 12, 5, 15, 0), "room": "Salle 2"},
        {"id": "2", "level": "Retraite", "since": date(2026, 12, 12), "until": date(2026, 12, 13)},
        {
            "id": "3",
            "first": "Messe",
            "since": "2026-12-24T23:00:00+01:00",
            "until": "2026-12-25T00:30:00+01:00",
        },
        {"id": "4", "first": "Sans date"},
        {"id": "5", "first": "Faux", "since": "bientôt"},
        {"id": "6", "since": "2026-12-31", "until": datetime(2026, 12, 31, 9, 0, tzinfo=UTC)},
        {
            "id": "7",
            "first": "Fin avant",
            "since": datetime(2026, 12, 5, 15),
            "until": datetime(2026, 12, 5, 14),
        },
    ]
    bound = action("schedule", begins="since", ends="until", place="room")
    _, page = await office.offer(bound, Found(rows))
    found = [
        (each.title, each.begins.isoformat(), each.ends and each.ends.isoformat(), each.place, each.all_day)
        for each in page.content.calendar
    ]
    assert found == [
        ("Baptême", "2026-12-05T15:00:00+00:00", None, "Salle 2", False),
        ("Retraite", "2026-12-12T00:00:00+00:00", "2026-12-14T00:00:00+00:00", "", True),
        ("Messe", "2026-12-24T22:00:00+00:00", "2026-12-24T23:30:00+00:00", "", False),
        ("Attestation de Baptême", "2026-12-31T00:00:00+00:00", None, "", True),
        ("Fin avant", "2026-12-05T15:00:00+00:00", None, "", False),
    ]


# --- files


def file(name: str, size: int | None = None, kind: str = "application/pdf") -> File:
    return File(name, kind, place=name, size=size)


async def test_files_come_along(office: Office) -> None:
    office.sources = {"a.pdf": [b"1", b"", b"23"], "b.pdf": []}
    paged, page = await office.offer(
        action(files="room"), Found([AWA], files=[file("a.pdf"), file("b.pdf", 9)])
    )
    folder = f"tenants/parish/pages/{page.page}"
    assert [(each.name, each.blob, each.size) for each in page.content.files] == [
        ("a.pdf", f"{folder}/0", 3),
        ("b.pdf", f"{folder}/1", 0),
    ]
    assert await office.world.ports.blobs.get(f"{folder}/0") == b"123"
    assert page.content.text[-1].startswith("Fait le")
    await office.commit(paged)
    kept = await office.world.store.get(Page, tenant="parish", page=page.page)
    assert kept is not None
    assert kept.content.files == page.content.files


async def test_files_beyond_the_limits_are_left_out_and_said(office: Office) -> None:
    office.sources = {f"{number}.pdf": [b"x"] for number in range(7)}
    office.sources |= {
        "told.pdf": [b"x"],
        "untold.pdf": [bytes(SIZE // 2)] * 3,
        "broken.pdf": Broken("the source is down"),
    }
    told = [file("told.pdf", SIZE + 1), file("untold.pdf", 10), file("broken.pdf")]
    files = [*told, *(file(f"{number}.pdf") for number in range(7))]
    _, page = await office.offer(action(files="room"), Found([AWA], files=files))
    assert [each.name for each in page.content.files] == ["0.pdf", "1.pdf", "2.pdf"]
    left = "told.pdf, untold.pdf, broken.pdf, 3.pdf, 4.pdf, 5.pdf, 6.pdf"
    assert page.content.text[-1].startswith(f"N'ont pas pu être joints : {left}.")
    with pytest.raises(NoSuchBlob):
        await office.world.ports.blobs.get(f"tenants/parish/pages/{page.page}/3")


async def test_files_of_a_turn_that_never_commits_are_known(office: Office) -> None:
    office.sources = {"a.pdf": [b"1"], "b.pdf": RuntimeError("a crash")}
    with pytest.raises(RuntimeError):
        await office.offer(action(files="room"), Found([AWA], files=[file("a.pdf"), file("b.pdf")]))
    (kept,) = await office.world.store.query(Page, limit=10, tenant="parish")
    assert [each.blob for each in kept.content.files] == [f"{kept.folder}/0", f"{kept.folder}/1"]
    assert kept.expires_at == NOW + timedelta(hours=1)


async def test_an_error_that_says_something_else_is_not_left_out(office: Office) -> None:
    office.sources = {"a.pdf": KeyError("a bug")}
    with pytest.raises(KeyError):
        await office.offer(action(files="room"), Found([AWA], files=[file("a.pdf")]))
