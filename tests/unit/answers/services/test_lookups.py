"""Lookups in records: for the proven identity alone, with one call, and kept for the day of a dead source."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.local.vendors.baserow.demo import parish
from scripts.local.vendors.hotel_system.guests import stays
from scripts.local.vendors.hotel_system.server import HotelSystem
from shared.answers import Asked
from shared.answers.services.lookups import Candidate, Lookups, NotTheirs, Unavailable
from shared.models.lookup import Lookup
from shared.models.service import Proof
from shared.models.tenant import Tenant
from shared.models.verification import Linked, Verified
from shared.platform import logs
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.clock import SystemClock
from shared.platform.http_httpx import HttpxHttp
from shared.platform.store.sqlite import SqliteStore
from shared.records import Broken, Edit, File
from shared.tenants import plugins
from shared.tenants.directory import Directory
from tests.fakes.asked import NOW, asked
from tests.fakes.records import Scripted, Sources
from tests.fakes.served import served
from tests.fakes.vendor import StillClock

TOKEN = "local-secret"
SAYS = {"en": {"row": "{{ mark }}", "none": "-"}}
AWA, MOUSSA, ROSE = (Linked(id=str(n), text=name) for n, name in ((1, "Awa"), (2, "Moussa"), (3, "Rose")))
PARENT = Verified(profile="parent", at=NOW, name="Diop", subject={"child": [AWA, MOUSSA]})


def action(of: str, fields: dict[str, str], **more: Any) -> dict[str, Any]:
    base = {"names": {"en": "Some"}, "records": "office", "of": of, "says": SAYS, "fields": fields}
    return {**base, "where": {"Enfant": "child"}, "each": "child", **more}


def tenant(entry: dict[str, Any], **actions: dict[str, Any]) -> Tenant:
    proof = {"records": "office", "of": "501", "code": "Code parent", "form": "{letters}-{4 digits}"}
    keeps = {
        "keeps": {"family": "id", "child": "Enfants"},
        "name": "Nom",
        "email": "E-mail",
        "phone": "Téléphone",
    }
    profile = {"names": {"en": "Parent"}, "proof": {**proof, **keeps}, "actions": list(actions)}
    return Tenant.model_validate(
        {
            "tenant": "parish",
            "name": "Parish",
            "languages": ["en"],
            "timezone": "Africa/Dakar",
            "records": {"office": {"secrets": {"token": "office-token"}, **entry}},
            "profiles": {"parent": profile, "other": {**profile, "actions": ["other"]}},
            "actions": actions,
        }
    )


NOTES = action("503", {"subject": "Matière", "mark": "Note", "day": "Date"}, order="-Date", most=5)
PARISH = tenant({"kind": "baserow"}, notes=NOTES)


class Secrets:
    async def get(self, name: str) -> str:
        return TOKEN

    async def others(self, name: str) -> list[str]:
        return []


@dataclass
class Bench:
    """Lookups over a source, with a clock that the test moves."""

    lookups: Lookups
    store: SqliteStore
    clock: StillClock
    tenant: Tenant

    def turn(self) -> Asked:
        return replace(asked(self.tenant, "notes", "en"), now=self.clock.now())


def bench(tmp_path: Path, source: Any, found: Tenant = PARISH) -> Bench:
    store, clock = SqliteStore(tmp_path / "store.db"), StillClock(NOW)
    blobs = ObjectStoreBlobs(f"folder:{tmp_path}")
    return Bench(Lookups(Sources(source), store, blobs, clock), store, clock, found)  # type: ignore[arg-type]


def over_http(tmp_path: Path, found: Tenant) -> Bench:
    store, clock = SqliteStore(tmp_path / "store.db"), StillClock(NOW)
    directory = Directory(store, Secrets(), HttpxHttp(), SystemClock(), plugins)
    return Bench(
        Lookups(directory, store, ObjectStoreBlobs(f"folder:{tmp_path}"), clock), store, clock, found
    )


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    logs.configure("info", lambda line: found.append(dict(line)))
    return found


def row(child: Linked, **values: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "Enfant": [child],
        "Matière": "Bible",
        "Note": 14.5,
        "Date": date(2026, 11, 1),
        **values,
    }


# --- the simulated parish


@pytest.fixture
async def parish_bench(tmp_path: Path) -> AsyncIterator[tuple[Bench, list[str]]]:
    vendor = parish(TOKEN, NOW.date())
    async with served(vendor.app) as origin:
        entry = {"kind": "baserow", "settings": {"base_url": origin}}
        sessions = action(
            "504", {"theme": "Thème", "begins": "Début", "who": "Enfants"}, where={"Enfants": "child"}
        )
        yield over_http(tmp_path, tenant(entry, notes=NOTES, sessions=sessions)), vendor.asked


async def test_a_code_leads_to_its_person_and_to_nobody_else(parish_bench: tuple[Bench, list[str]]) -> None:
    found, _ = parish_bench
    proof = found.tenant.profiles["parent"].proof
    diop = Candidate(
        "Diop",
        {"family": [Linked(id="1", text="1")], "child": [AWA, MOUSSA]},
        "diop.1@example.org",
        "+221770001001",
    )
    assert await found.lookups.proof(found.tenant, proof, "DIOP-4821") == diop
    for code in (
        "DIOP-4822",
        "diop-4821",
        "DIOP",
        "",
        "%",
        "*",
        "DIOP-4821 OR 1=1",
        "😀" * 5_000,
        "\u202eDIOP",
    ):
        assert await found.lookups.proof(found.tenant, proof, code) is None


async def test_an_answer_costs_one_call_and_none_while_it_is_fresh(
    parish_bench: tuple[Bench, list[str]],
) -> None:
    found, calls = parish_bench
    await found.lookups.rows(found.turn(), "notes", PARENT, "2")  # the table's fields, once in an instance
    calls.clear()
    first = await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    assert len(calls) == 1
    assert {each["subject"] for each in first.rows} == {"Prières", "Bible", "Sacrements", "Vie chrétienne"}
    assert all(isinstance(each["mark"], int | float) and isinstance(each["day"], date) for each in first.rows)
    found.clock.forward(4 * 60)
    assert await found.lookups.rows(found.turn(), "notes", PARENT, "1") == first
    assert len(calls) == 1
    found.clock.forward(2 * 60)
    await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    assert len(calls) == 2


async def test_all_children_come_at_once_with_one_call(parish_bench: tuple[Bench, list[str]]) -> None:
    found, calls = parish_bench
    await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    calls.clear()
    both = await found.lookups.rows(found.turn(), "notes", PARENT, "")
    assert (len(both.rows), both.more, len(calls)) == (5, True, 1)


async def test_a_record_that_links_to_others_too_shows_only_ones_own(
    parish_bench: tuple[Bench, list[str]],
) -> None:
    found, _ = parish_bench
    sessions = await found.lookups.rows(found.turn(), "sessions", PARENT, "")
    assert sessions.rows
    assert {name for each in sessions.rows for name in each["who"]} == {"Awa", "Moussa"}  # type: ignore[union-attr]
    assert all(each["begins"] > NOW for each in sessions.rows)  # type: ignore[operator]


async def test_a_late_check_out_is_booked_once_and_seen_at_once(tmp_path: Path) -> None:
    system = HotelSystem(TOKEN, stays(NOW.date()))
    calls = {
        "stay": {"path": "/stays", "query": {"code": "{code}"}, "rows": "stays"},
        "late": {"method": "POST", "path": "/stays/{code}/late-checkout", "body": {"until": "{until}"}},
    }
    changes = {"of": "late", "sets": {"until": "14:00"}, "confirm": {"en": "?"}, "done": {"en": "."}}
    fields = {"room": "room", "until": "late_checkout", "leaves": "check_out"}
    mine = action("stay", fields, where={"code": "stay"}, each=None)
    guest = Verified(profile="parent", at=NOW, subject={"stay": [Linked(id="KN-20831")]})
    async with served(system.app) as origin:
        entry = {"kind": "http_api", "settings": {"base_url": origin}, "calls": calls}
        found = over_http(tmp_path, tenant(entry, stay=mine, late={**mine, "changes": changes}))
        before = await found.lookups.rows(found.turn(), "stay", guest, "")
        assert before.rows[0]["room"] == "12"
        assert "until" not in before.rows[0]
        for _ in range(2):
            told = await found.lookups.change(found.turn(), "late", guest, "", "turn-1")
            assert told["until"] == "14:00"
        assert len(system.done) == 1
        assert (await found.lookups.rows(found.turn(), "stay", guest, "")).rows[0]["until"] == "14:00"


# --- whose rows


linked = st.sampled_from(
    [AWA, MOUSSA, ROSE, Linked(id="12"), Linked(id="", text="1"), Linked(id="1 ", text="Awa")]
)
lie = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(0, 3),
    st.booleans(),
    st.lists(linked, max_size=3),
    st.just({"id": "1"}),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lie, max_size=6), st.sampled_from(["", "1", "2"]))
async def test_rows_of_others_never_come_whatever_the_source_says(
    tmp_path: Path, lies: list[Any], of: str
) -> None:
    source = Scripted([{"id": str(place), "Enfant": each, "Note": place} for place, each in enumerate(lies)])
    found = bench(tmp_path, source)
    await found.lookups._forget(found.turn())
    wanted = {of} if of else {"1", "2"}
    got = await found.lookups.rows(found.turn(), "notes", PARENT, of)
    for each in got.rows:
        told = lies[int(str(each["id"]))]
        ids = {one.id for one in told} if isinstance(told, list) else {str(told)}
        assert ids & wanted
    (question,) = source.asked
    assert question.where == {"Enfant": [each for each in ("1", "2") if each in wanted]}


async def test_a_source_that_filters_wrongly_is_told_to_the_operator(
    tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    found = bench(tmp_path, Scripted([row(AWA), row(ROSE), {"id": "9"}]))
    assert len((await found.lookups.rows(found.turn(), "notes", PARENT, "")).rows) == 1
    (line,) = [each for each in lines if each["event"] == "records_unfiltered"]
    assert (line["tenant"], line["source"]) == ("parish", "office")
    assert line["reason"] == "2 of 3 rows of 503 were not asked for"


@pytest.mark.parametrize(
    ("name", "verified", "of"),
    [
        ("notes", PARENT, "3"),
        ("notes", PARENT, "1,3"),
        ("notes", PARENT.model_copy(update={"subject": {}}), ""),
        ("notes", PARENT.model_copy(update={"subject": {"child": [Linked(id="")]}}), ""),
        ("notes", PARENT.model_copy(update={"subject": {"child": [AWA, Linked(id="")]}}), ""),
        ("notes", PARENT.model_copy(update={"profile": "other"}), "1"),
        ("notes", PARENT.model_copy(update={"profile": "gone"}), "1"),
        ("fees", PARENT, "1"),
    ],
)
async def test_what_is_not_theirs_is_refused_before_a_call(
    tmp_path: Path, name: str, verified: Verified, of: str
) -> None:
    source = Scripted([row(AWA)])
    found = bench(tmp_path, source)
    with pytest.raises(NotTheirs):
        await found.lookups.rows(found.turn(), name, verified, of)
    with pytest.raises(NotTheirs):
        await found.lookups.change(found.turn(), name, verified, of, "k")
    assert source.asked == []


async def test_a_lying_source_proves_nobody(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    proof = Proof(records="office", of="501", code="Code", form="{4 digits}", keeps={"child": "Enfants"})
    other = {"id": "1", "Code": "SAGNA-7365", "Enfants": [ROSE]}
    found = bench(tmp_path, Scripted([other]))
    assert await found.lookups.proof(PARISH, proof, "DIOP-4821") is None
    found = bench(tmp_path, Scripted([other, {**other, "id": "2"}]))
    assert await found.lookups.proof(PARISH, proof, "SAGNA-7365") is None
    assert [each["event"] for each in lines] == ["records_unfiltered", "records_ambiguous"]


async def test_results_are_of_one_identity_and_conversation(tmp_path: Path) -> None:
    source = Scripted([row(AWA)])
    found = bench(tmp_path, source)
    await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    others = PARENT.model_copy(update={"subject": {"child": [AWA]}})
    await found.lookups.rows(found.turn(), "notes", others, "1")
    turn = found.turn()
    elsewhere = turn.conversation.model_copy(update={"conversation": "telegram.c-1"})
    await found.lookups.rows(replace(turn, conversation=elsewhere), "notes", PARENT, "1")
    assert len(source.asked) == 3


# --- sources that fail


async def test_a_dead_source_answers_from_the_last_day_with_its_age(
    tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    moment = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    source = Scripted([row(AWA, Date=moment, Matière=""), row(AWA, Note=True)])
    found = bench(tmp_path, source)
    first = await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    source.broken = Broken("Baserow has a problem (HTTP 500): look whether it is up.")
    found.clock.forward(3_600)
    again = await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    assert again == replace(first, as_of=NOW)
    assert again.rows[0] == {"id": "1", "mark": 14.5, "day": moment}
    assert again.rows[1]["mark"] is True
    assert [each["reason"] for each in lines if each["event"] == "records_broken"] == [str(source.broken)]
    found.clock.forward(24 * 3_600)
    with pytest.raises(Unavailable):
        await found.lookups.rows(found.turn(), "notes", PARENT, "1")


async def test_a_dead_source_without_a_result_says_so(tmp_path: Path) -> None:
    found = bench(tmp_path, Scripted(broken=Broken("It is down.")))
    with pytest.raises(Unavailable):
        await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    with pytest.raises(Unavailable):
        await found.lookups.proof(PARISH, PARISH.profiles["parent"].proof, "DIOP-4821")


@pytest.mark.parametrize("sure", [True, False])
async def test_a_change_that_failed_ends_what_was_kept(tmp_path: Path, *, sure: bool) -> None:
    changes = {"sets": {"Note": 1}, "confirm": {"en": "?"}, "done": {"en": "."}}
    source = Scripted([row(AWA)])
    found = bench(tmp_path, source, tenant({"kind": "baserow"}, notes={**NOTES, "changes": changes}))
    await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    source.broken = Broken("It is down.", sure=sure)
    with pytest.raises(Unavailable) as told:
        await found.lookups.change(found.turn(), "notes", PARENT, "1", "k")
    assert told.value.sure is sure
    assert source.asked[-1] == Edit("503", {"Enfant": ["1"]}, {"Note": 1}, "k")
    assert await found.store.query(Lookup, limit=9, tenant="parish", conversation="waha.c-1") == []


async def test_a_change_answered_with_anothers_record_shows_nothing(
    tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    changes = {"sets": {"Note": 1}, "confirm": {"en": "?"}, "done": {"en": "."}}
    found = bench(
        tmp_path, Scripted([row(ROSE)]), tenant({"kind": "baserow"}, notes={**NOTES, "changes": changes})
    )
    assert await found.lookups.change(found.turn(), "notes", PARENT, "1", "k") == {}
    assert [each["event"] for each in lines] == ["records_unfiltered"]


async def test_a_source_that_hangs_ends_with_its_time(tmp_path: Path) -> None:
    class Hanging(Scripted):
        async def find(self, question: Any) -> Any:
            await SystemClock().sleep(30)

    slow = tenant({"kind": "baserow", "seconds": 1}, notes=NOTES)
    found = bench(tmp_path, Hanging(), slow)
    with pytest.raises(Unavailable):
        await found.lookups.rows(found.turn(), "notes", PARENT, "1")


async def test_a_source_without_its_secret_is_told_and_not_raised(
    tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    found = over_http(tmp_path, tenant({"kind": "baserow", "secrets": {}}, notes=NOTES))
    with pytest.raises(Unavailable):
        await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    (line,) = [each for each in lines if each["event"] == "records_broken"]
    assert line["reason"] == "parish: records.office.secrets.token is missing (expected its name)"


async def test_a_field_that_no_row_has_is_told(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    found = bench(tmp_path, Scripted([{"id": "1", "Enfant": [AWA], "Matière": None, "Date": None}]))
    assert (await found.lookups.rows(found.turn(), "notes", PARENT, "1")).rows == [{"id": "1"}]
    (line,) = [each for each in lines if each["event"] == "records_lacking"]
    assert line["reason"] == "no row of 503 has Note"


async def test_files_of_rows_are_told_and_kept(tmp_path: Path) -> None:
    page = {"kind": "text", "titles": {"en": "Files"}, "files": "files"}
    papers = action("503", {"files": "Pièces"}, page=page)
    file = File("a.pdf", "application/pdf", "https://files.example/a", 10)
    found = bench(tmp_path, Scripted([row(AWA, Pièces=[file])]), tenant({"kind": "baserow"}, papers=papers))
    for _ in range(2):
        got = await found.lookups.rows(found.turn(), "papers", PARENT, "1")
        assert (list(got.files), got.rows[0]["files"]) == ([file], ["a.pdf"])
    parts = [each async for each in found.lookups.file(found.tenant, "office", file)]
    assert parts == [b"https://files.example/a"]


async def test_a_result_is_kept_for_a_day_and_large_ones_are_not(tmp_path: Path) -> None:
    found = bench(tmp_path, Scripted([row(AWA)]))
    await found.lookups.rows(found.turn(), "notes", PARENT, "1")
    (kept,) = await found.store.query(Lookup, limit=9, tenant="parish", conversation="waha.c-1")
    assert kept.expires_at - kept.at == timedelta(days=1)
    found = bench(tmp_path, Scripted([row(MOUSSA, Matière="x" * 600_000)]))
    assert (await found.lookups.rows(found.turn(), "notes", PARENT, "2")).rows
    assert len(await found.store.query(Lookup, limit=9, tenant="parish", conversation="waha.c-1")) == 1
