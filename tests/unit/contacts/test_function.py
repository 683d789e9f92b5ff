"""The function `contacts` over HTTP: signatures, versions, problems, limits, and tenants apart."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.yaml_file import ROOT
from shared.errors import Retry
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from shared.platform import logs
from shared.platform.pause import KEEP
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.triggers.planning import Planner
from shared.upkeep.pausing import Pausing
from tests.parts import install
from tests.unit.contacts.people import People, people
from tests.world import AWA, FakePlugins

KEY, HOTEL_KEY = "parish-key", "hotel-key"
BODY: dict[str, Any] = {
    "version": 3,
    "phone": AWA,
    "name": "Awa Diop",
    "language": "fr",
    "timezone": "Africa/Dakar",
    "attributes": {"room": "12", "check_in": "2026-12-24"},
    "consent": {"service": True, "promotion": False},
}
ARRIVAL = {
    "when": {"before": "check_in", "days": 1, "at": "10:00"},
    "says": {"fr": {"text": "À demain !"}},
}


def signature(body: bytes, key: str = KEY) -> str:
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


class System:
    """An organisation's own system: it signs its requests."""

    def __init__(self, hotel: People, http: httpx.AsyncClient) -> None:
        self.hotel, self.http = hotel, http
        self.lines: list[dict[str, Any]] = []

    async def send(
        self, method: str, path: str, body: object, *, key: str = KEY, signed: str | None = None
    ) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Signature": signature(raw, key) if signed is None else signed}
        return await self.http.request(method, path, content=raw, headers=headers)

    async def put(self, body: object = BODY, path: str = "/parish/KN-20831", **more: Any) -> httpx.Response:
        return await self.send("PUT", path, body, **more)

    async def planned(self) -> list[str]:
        """Returns the states of all occurrences."""
        found = await self.hotel.world.store.query(Occurrence, limit=10, tenant="parish")
        return [each.state for each in found]


@pytest.fixture
async def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[System]:
    monkeypatch.setenv("SECRET_PARISH_CONTACTS_KEY", KEY)
    monkeypatch.setenv("SECRET_HOTEL_CONTACTS_KEY", HOTEL_KEY)
    hotel = await people(tmp_path, secrets={"contacts_key": "parish-contacts-key"})
    for name, secrets in (("hotel", {"contacts_key": "hotel-contacts-key"}), ("inn", {})):
        settings = {"tenant": name, "name": name, "languages": ["fr"], "secrets": secrets}
        await hotel.world.store.put(Tenant.model_validate(settings))
    world = hotel.world
    await world.store.put(Trigger(tenant="parish", trigger="arrival", definition=ARRIVAL))
    world.rebuild(FakePlugins(world), secrets=EnvironmentSecrets(None, os.environ))
    install(monkeypatch, world.ports, world.directory(FakePlugins(world)))
    source = str(ROOT / "functions" / "contacts" / "main.py")
    app = create_asgi_app("contacts", source)  # type: ignore[no-untyped-call]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        found = System(hotel, http)
        logs.configure("info", lambda line: found.lines.append(dict(line)))
        yield found
    logs.configure("info", lambda _: None)


async def contacts(system: System, tenant: str = "parish") -> list[Contact]:
    return await system.hotel.world.store.query(Contact, limit=10, tenant=tenant)


async def test_a_person_is_written_and_planned_once(system: System) -> None:
    answer = await system.put()
    (contact,) = await contacts(system)
    expected = {"contact": contact.contact, "result": "created", "version": 3, "notes": []}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert contact.attributes == {"room": "12", "check_in": "2026-12-24"}
    assert await system.planned() == ["planned"]
    assert contact.plan_at is None
    again = await system.put()
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")
    assert await system.planned() == ["planned"]


async def test_a_paused_deployment_writes_nobody_so_that_the_system_tries_again(system: System) -> None:
    """Its database is perhaps being moved away."""
    world = system.hotel.world
    await Pausing(world.store, world.clock).pause("moving")
    assert (await system.put()).status_code == 503
    assert (await system.send("DELETE", "/parish/KN-20831", {"version": 3})).status_code == 503
    assert (await system.put(signed="sha256=00")).status_code == 401
    assert await contacts(system) == []
    await Pausing(world.store, world.clock).resume()
    world.clock.pass_(KEEP.total_seconds())
    assert (await system.put()).json()["result"] == "created"


async def test_an_older_version_is_409_and_the_same_with_another_content_too(system: System) -> None:
    await system.put()
    for body in ({**BODY, "version": 2}, {**BODY, "name": "Another"}):
        answer = await system.put(body)
        assert (answer.status_code, answer.json()["error"].partition(":")[0]) == (409, "version")
    assert (await system.put({**BODY, "version": 4, "name": "Another"})).json()["result"] == "updated"


async def test_a_record_is_deleted_once(system: System) -> None:
    await system.put()
    answer = await system.send("DELETE", "/parish/KN-20831", {"version": 4})
    assert (answer.status_code, answer.json()["result"], answer.json()["version"]) == (200, "deleted", 4)
    assert await system.planned() == ["cancelled"]
    assert (await contacts(system))[0].attributes == {}
    again = await system.send("DELETE", "/parish/KN-20831", {"version": 4})
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")
    assert (await system.put()).status_code == 409


RAW = json.dumps(BODY).encode()
WRONG = {
    "none": "",
    "no prefix": signature(RAW).removeprefix("sha256="),
    "upper case": signature(RAW).upper(),
    "another key": signature(RAW, HOTEL_KEY),
    "another body": signature(b"{}"),
    "cut": signature(RAW)[:-1],
    "an empty key": signature(RAW, ""),
}


@pytest.mark.parametrize("signed", WRONG)
async def test_a_missing_or_wrong_signature_is_401(system: System, signed: str) -> None:
    assert (await system.put(RAW, signed=WRONG[signed])).status_code == 401
    assert await contacts(system) == []


@pytest.mark.parametrize(("method", "fields"), [("PUT", {"phone": AWA}), ("DELETE", {})])
async def test_a_signed_body_that_names_its_person_is_of_use_for_no_other(
    system: System, method: str, fields: dict[str, str]
) -> None:
    body = {"version": 3, "id": "KN-20831", **fields}
    elsewhere = await system.send(method, "/parish/KN-20832", body)
    assert (elsewhere.status_code, elsewhere.json()["problems"][0]["field"]) == (400, "id")
    assert await contacts(system) == []
    assert (await system.send(method, "/parish/KN-20831", body)).status_code == 200


async def test_a_tenant_s_key_writes_no_other_tenant(system: System) -> None:
    plain = {"version": 1, "phone": AWA}
    assert (await system.put(plain, "/hotel/KN-1", key=KEY)).status_code == 401
    assert (await system.put(plain, "/hotel/KN-1", key=HOTEL_KEY)).status_code == 200
    assert (await system.put(plain, "/parish/KN-1", key=KEY)).status_code == 200
    assert [len(await contacts(system, tenant)) for tenant in ("parish", "hotel")] == [1, 1]


@pytest.mark.parametrize(
    "path", ["/nobody/1", "/inn/1", "/parish", "/", "/Parish/1", "/parish/1/2", "/parish/"]
)
async def test_an_unknown_tenant_or_address_is_404(system: System, path: str) -> None:
    assert (await system.put(path=path)).status_code == 404


async def test_other_methods_are_405_and_long_bodies_413(system: System) -> None:
    assert (await system.send("POST", "/parish/1", BODY)).status_code == 405
    long = {**BODY, "name": "x" * 70_000}
    assert (await system.put(long)).status_code == 413


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ["body"]),
        (b"[]", ["body"]),
        (b"[" * 5_000, ["body"]),
        (b'{"version": NaN}', ["body"]),
        ({}, ["version"]),
        ({**BODY, "version": "3"}, ["version"]),
        ({**BODY, "version": True}, ["version"]),
        ({**BODY, "version": -1}, ["version"]),
        ({**BODY, "version": 2**63}, ["version"]),
        ({**BODY, "phone": "770000001"}, ["phone"]),
        ({**BODY, "phone": 221770000001}, ["phone"]),
        ({"version": 1}, ["phone"]),
        ({**BODY, "language": "de"}, ["language"]),
        ({**BODY, "timezone": "Mars/Base"}, ["timezone"]),
        ({**BODY, "country": "XX"}, ["country"]),
        ({**BODY, "name": "x" * 201}, ["name"]),
        ({**BODY, "name": {"first": "Awa"}}, ["name"]),
        ({**BODY, "surname": "Diop"}, ["surname"]),
        ({**BODY, "attributes": []}, ["attributes"]),
        ({**BODY, "consent": True}, ["consent"]),
        ({**BODY, "consent": {"sms": True, "service": "perhaps"}}, ["consent.sms", "consent.service"]),
        (
            {**BODY, "phone": "abc", "attributes": {"check_in": "31/02/2026", "nights": "many", "pool": 1}},
            ["phone", "attributes.check_in", "attributes.nights", "attributes.pool"],
        ),
        (
            {**BODY, "attributes": {"room": ["12"], "vip": 2, "board": "Breakfast", "allergies": [1.5]}},
            ["attributes.room", "attributes.vip", "attributes.board", "attributes.allergies"],
        ),
        ({**BODY, "attributes": {"room": "1\u0000"}}, ["attributes.room"]),
        ({**BODY, "attributes": {"allergies": ["x"] * 51}}, ["attributes.allergies"]),
    ],
)
async def test_each_wrong_field_is_named_with_what_was_expected(
    system: System, body: object, fields: Sequence[str]
) -> None:
    answer = await system.put(body)
    assert answer.status_code == 400
    problems = answer.json()["problems"]
    assert [each["field"] for each in problems] == fields
    assert all("expected" in each["message"] for each in problems)
    assert answer.json()["error"].startswith(f"{fields[0]}: ")
    assert await contacts(system) == []


@pytest.mark.parametrize("written", ["%2e%2e", "a%00b", "%20a", "x" * 201, "__x__", "a%0ab"])
async def test_an_id_that_names_no_document_is_refused(system: System, written: str) -> None:
    answer = await system.put(path=f"/parish/{written}")
    assert answer.status_code in (400, 404)
    assert await contacts(system) == []


@pytest.mark.parametrize("written", ["KN-1", "+221770000001", "awa@example.org", "Élodie", "a b", "🙂"])
async def test_any_other_id_is_kept_and_not_logged(system: System, written: str) -> None:
    for result in ("created", "unchanged"):
        answer = await system.put(path=f"/parish/{written}")
        assert (answer.status_code, answer.json()["result"]) == (200, result)
    assert (await system.hotel.record(written)).written_id == written
    assert written not in str(system.lines)
    assert AWA not in str(system.lines)


async def test_problems_are_not_logged_with_what_was_sent(system: System) -> None:
    await system.put({**BODY, "phone": "77 secret", "attributes": {"secret": "secret"}})
    assert "secret" not in str(system.lines).replace("contacts_key", "")


async def test_values_from_json_have_their_types(system: System) -> None:
    attributes = {
        "room": 12,
        "nights": 2.0,
        "vip": True,
        "dinner_at": "19:30",
        "transfer_at": "2026-12-24T18:30:00+01:00",
        "board": "full",
        "allergies": ["nuts", "eggs"],
        "check_in": None,
    }
    assert (await system.put({**BODY, "attributes": attributes})).status_code == 200
    (contact,) = await contacts(system)
    assert contact.attributes == {
        "room": "12",
        "nights": 2,
        "vip": True,
        "dinner_at": "19:30",
        "transfer_at": "2026-12-24T17:30:00+00:00",
        "board": "Full",
        "allergies": ["nuts", "eggs"],
    }


async def test_a_plan_that_fails_loses_no_change(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    async def contention(*_: object) -> None:
        raise Retry("contention")

    monkeypatch.setattr(Planner, "plan", contention)
    assert (await system.put()).status_code == 200
    (contact,) = await contacts(system)
    assert contact.plan_at is not None, "the tick finds it"
