"""The organisations' own systems in the local run: their data, and their faults."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette

from scripts.local.sim.records import RecordsFault, RecordSystems
from scripts.local.vendors.baserow.parish import people
from tests.fakes.served import served
from tests.fakes.vendor import StillClock
from tests.unit.scripts.sim.bench import Bench

TOKEN = {"authorization": "Token local-secret"}
BEARER = {"authorization": "Bearer local-secret"}
ROWS = "/_sim/baserow/api/database/rows/table"


class Systems:
    def __init__(self) -> None:
        self.clock = StillClock()
        self.systems = RecordSystems(self.clock)
        self.http = httpx.AsyncClient(trust_env=False)

    async def rows(self, table: int, **query: str) -> httpx.Response:
        query = {"user_field_names": "true", "size": "200", **query}
        return await self.http.get(f"{ROWS}/{table}/", params=query, headers=TOKEN)


@pytest.fixture
async def systems() -> AsyncIterator[Systems]:
    found = Systems()
    async with served(Starlette(routes=found.systems.routes())) as origin:
        found.http.base_url = httpx.URL(origin)
        yield found
        await found.http.aclose()


def tree(field: str, kind: str, value: object) -> str:
    return json.dumps({"filter_type": "AND", "filters": [{"field": field, "type": kind, "value": value}]})


async def test_the_named_families_and_forty_more_are_there(systems: Systems) -> None:
    rows = (await systems.rows(501)).json()["results"]
    assert len(rows) >= 42
    by_code = {row["Code parent"]: row for row in rows}
    assert len(by_code) == len(rows)
    assert [each["value"] for each in by_code["DIOP-4821"]["Enfants"]] == ["Awa", "Moussa"]
    assert [each["value"] for each in by_code["SAGNA-7365"]["Enfants"]] == ["Rose"]
    levels = {row["Prénom"]: row["Niveau"] for row in (await systems.rows(502)).json()["results"][:3]}
    assert levels == {"Awa": "2e année", "Moussa": "4e année", "Rose": "3e année"}
    assert all(row["Téléphone"].startswith("+22177000") and len(row["Téléphone"]) == 13 for row in rows)
    assert all(row["E-mail"].endswith("@example.org") and row["E-mail"].isascii() for row in rows)


@pytest.mark.parametrize("table", [503, 505, 506, 508])
async def test_each_child_has_rows_of_its_own(systems: Systems, table: int) -> None:
    _, children = people()
    seen = set[int]()
    for child in children[:5]:
        answer = await systems.rows(table, filters=tree("Enfant", "link_row_has", child.number))
        rows = answer.json()["results"]
        assert rows
        assert all([each["id"] for each in row["Enfant"]] == [child.number] for row in rows)
        assert not seen & {row["id"] for row in rows}
        seen |= {row["id"] for row in rows}


async def test_sessions_come_after_the_runs_own_day(systems: Systems) -> None:
    for _ in range(2):
        rows = (await systems.rows(504, filters=tree("Enfants", "link_row_has", "1"))).json()["results"]
        assert len(rows) == 6
        assert all(systems.clock.at.isoformat() < row["Début"] < row["Fin"] for row in rows)
        systems.clock.at += timedelta(days=100)


async def test_filters_are_as_lenient_and_as_strict_as_the_real_ones(systems: Systems) -> None:
    everyone = (await systems.rows(501)).json()["count"]
    assert (await systems.rows(501, filter__Codd__equal="DIOP-4821")).json()["count"] == everyone
    assert (await systems.rows(501, **{"filter__Code parent__equal": ""})).json()["count"] == everyone
    assert (await systems.rows(501, **{"filter__Code parent__equal": "DIOP-4821"})).json()["count"] == 1
    assert (await systems.rows(501, filter__field_id__in="1,2")).json()["count"] == 2
    for filters, error in (
        (tree("Codd", "equal", "x"), "ERROR_FILTER_FIELD_NOT_FOUND"),
        (tree("Nom", "is", "x"), "ERROR_VIEW_FILTER_TYPE_DOES_NOT_EXIST"),
        (tree("Enfants", "equal", "x"), "ERROR_VIEW_FILTER_TYPE_UNSUPPORTED_FIELD"),
        ("{", "ERROR_FILTERS_PARAM_VALIDATION_ERROR"),
    ):
        answer = await systems.rows(501, filters=filters)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert (await systems.rows(501, filters=tree("Enfants", "link_row_has", ""))).json()["count"] == everyone


async def test_the_stays_are_there_and_a_repeat_books_once(systems: Systems) -> None:
    base = "/_sim/hotel_system/stays"
    for code, guest, room in (("KN-20831", "Martin", "12"), ("KN-20832", "Okafor", "27")):
        found = (await systems.http.get(base, params={"code": code}, headers=BEARER)).json()["stays"]
        assert [(stay["guest"], stay["room"], stay["late_checkout"]) for stay in found] == [
            (guest, room, None)
        ]
        assert found[0]["check_in"] < systems.clock.at.date().isoformat() < found[0]["check_out"]
    assert len(systems.systems.hotel_system.stays) == 42
    invoice = (await systems.http.get(f"{base}/KN-20831/invoice", headers=BEARER)).json()
    assert {line["code"] for line in invoice["lines"]} == {"KN-20831"}
    assert invoice["total"] == sum(line["amount"] for line in invoice["lines"])
    headers = {**BEARER, "idempotency-key": "k"}
    for _ in range(2):
        answer = await systems.http.post(
            f"{base}/KN-20831/late-checkout", json={"until": "14:00"}, headers=headers
        )
        assert (answer.status_code, answer.json()["late_checkout"]) == (200, "14:00")
    other = await systems.http.post(
        f"{base}/KN-20831/late-checkout", json={"until": "15:00"}, headers=headers
    )
    assert other.status_code == 422
    assert (await systems.http.get(base, params={"code": "KN-20831"})).status_code == 401


async def test_faults_strike_the_system_that_they_name(systems: Systems) -> None:
    systems.systems.arm(RecordsFault(records="baserow", status=429, retry_after=7, times=2))
    systems.systems.arm(RecordsFault(records="baserow", garbage=True))
    stays = await systems.http.get("/_sim/hotel_system/stays", params={"code": "x"}, headers=BEARER)
    assert stays.json() == {"stays": []}
    for _ in range(2):
        answer = await systems.rows(501)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert (await systems.rows(501)).text.startswith("<!doctype html>")
    assert (await systems.rows(501)).status_code == 200
    systems.systems.arm(RecordsFault(records="baserow", drop=True))
    with pytest.raises(httpx.HTTPError):
        await systems.rows(501)


async def test_faults_of_systems_are_posted_listed_and_cleared_with_the_others(bench: Bench) -> None:
    await bench.arm(status=500)
    fault = {"records": "hotel_system", "status": 500, "times": 3}
    armed = (await bench.client.post("/_sim/faults", json=fault)).json()["faults"]
    assert [each.get("records") for each in armed] == [None, "hotel_system"]
    for wrong, said in (
        ({"records": "hotel", "status": 500}, "unknown system 'hotel'"),
        ({"records": "baserow"}, "expected one of status, drop or garbage"),
        ({"records": "baserow", "status": 500, "channel": "waha"}, "Extra inputs are not permitted"),
    ):
        refused = await bench.client.post("/_sim/faults", json=wrong)
        assert refused.status_code == 400
        assert said in refused.json()["detail"]
    stays = "/_sim/hotel_system/stays?code=KN-20831"
    assert (await bench.client.get(stays, headers=BEARER)).status_code == 500
    assert (await bench.client.delete("/_sim/faults")).json() == {"faults": []}
    assert (await bench.client.get(stays, headers=BEARER)).status_code == 200
