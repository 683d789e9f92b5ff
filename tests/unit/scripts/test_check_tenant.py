"""`make check-tenant`: a source of records is asked for all that a tenant's file names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from scripts import check_tenant
from scripts.local.vendors.baserow.server import TOKEN, Baserow
from scripts.local.vendors.hotel_system.server import HotelSystem
from shared.models.tenant import Tenant
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.clock import SystemClock
from shared.platform.http_httpx import HttpxHttp
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.store.sqlite import SqliteStore
from shared.tenants import plugins
from shared.tenants.directory import Directory
from tests.fakes.served import served

GIVEN = {"SECRET_OFFICE_TOKEN": TOKEN}


def tenant(
    entry: dict[str, Any], of: str, fields: Mapping[str, str], code: str = "Code", **more: Any
) -> Tenant:
    says = {"en": {"row": "{{ note }}", "none": "-"}}
    proof = {
        "records": "office",
        "of": of,
        "code": code,
        "form": "{letters}-{4 digits}",
        "keeps": {"family": code},
    }
    action = {
        "names": {"en": "Notes"},
        "records": "office",
        "of": of,
        "where": {code: "family"},
        "says": says,
    }
    return Tenant.model_validate(
        {
            "tenant": "parish",
            "name": "Parish",
            "languages": ["en"],
            "timezone": "Africa/Dakar",
            "records": {"office": {"secrets": {"token": "office-token"}, **entry}},
            "profiles": {"parent": {"names": {"en": "Parent"}, "proof": proof, "actions": ["notes"]}},
            "actions": {"notes": {**action, "fields": dict(fields), **more}},
        }
    )


async def checked(
    found: Tenant, tmp_path: Path, given: Mapping[str, str] = GIVEN
) -> tuple[list[str], list[str]]:
    """Returns the lines, and those that are problems."""
    secrets, store = EnvironmentSecrets(None, given), SqliteStore(tmp_path / "store.db")
    blobs = ObjectStoreBlobs(f"folder:{tmp_path}")
    directory = Directory(store, secrets, HttpxHttp(), SystemClock(), plugins)
    lines = [line async for line in check_tenant.check(found, directory, secrets, blobs)]
    return [line.text for line in lines], [line.text for line in lines if line.is_problem]


@pytest.fixture
async def baserow() -> AsyncIterator[tuple[Baserow, dict[str, Any]]]:
    vendor = Baserow()
    vendor.fields[7], vendor.rows[7] = ["Code", "Note"], []
    async with served(vendor.app) as origin:
        yield vendor, {"kind": "baserow", "settings": {"base_url": origin}}


Served = tuple[Baserow, dict[str, Any]]


async def test_a_right_tenant_has_no_problem(baserow: Served, tmp_path: Path) -> None:
    lines, problems = await checked(tenant(baserow[1], "7", {"note": "Note"}), tmp_path)
    assert problems == []
    assert lines == [
        "records.office.secrets.token: office-token is there",
        "profiles.parent.proof: 7 answers",
        "actions.notes: 7 answers",
    ]


async def test_a_field_that_the_source_does_not_have_is_told_with_the_nearest(
    baserow: Served, tmp_path: Path
) -> None:
    found = tenant(baserow[1], "7", {"note": "Nota"}, order="-Dat")
    _, problems = await checked(found, tmp_path)
    assert problems == [
        "actions.notes.fields.note: unknown field 'Nota' (did you mean Note?)",
        "actions.notes.order: unknown field 'Dat' (expected one of Code, Note, id)",
    ]


async def test_a_secret_without_a_value_is_told_and_nothing_is_asked(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    _, (problem,) = await checked(tenant(entry, "7", {"note": "Note"}), tmp_path, {})
    assert problem.startswith("records.office.secrets.token: secret office-token: no value")
    assert vendor.asked == []


async def test_a_source_that_is_down_is_one_line(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.faults.extend([lambda _: Response("<html>", 503)] * 9)
    _, problems = await checked(tenant(entry, "7", {"note": "Note"}), tmp_path)
    assert problems == ["records.office: Baserow has a problem (HTTP 503): look whether it is up."]
    entry["settings"] = {"base_url": "http://127.0.0.1:9"}
    _, (problem,) = await checked(tenant(entry, "7", {"note": "Note"}), tmp_path)
    assert "did not answer within" in problem


async def test_a_table_that_is_not_there_is_told(baserow: Served, tmp_path: Path) -> None:
    _, problems = await checked(tenant(baserow[1], "8", {"note": "Note"}), tmp_path)
    assert problems == [
        "records.office: Baserow does not have it (HTTP 404, ERROR_TABLE_DOES_NOT_EXIST): "
        "give its new name or address."
    ]


CALLS = {
    "stay": {"path": "/stays", "query": {"code": "{code}"}, "rows": "stays"},
    "all": {"path": "/stays", "rows": "stays"},
    "invoice": {"path": "/stays/{number}/invoice", "rows": "lines"},
    "late": {"method": "POST", "path": "/stays/{code}/late-checkout", "body": {"until": "{until}"}},
}


async def test_calls_that_read_are_made_and_others_are_not(tmp_path: Path) -> None:
    system = HotelSystem(TOKEN, [])
    changes = {"of": "late", "sets": {"until": "14:00"}, "confirm": {"en": "?"}, "done": {"en": "."}}
    async with served(system.app) as origin:
        entry = {"kind": "http_api", "settings": {"base_url": origin}, "calls": CALLS}
        right = tenant(entry, "stay", {"room": "room"}, "code", changes=changes)
        lines, problems = await checked(right, tmp_path)
        assert problems == []
        assert lines[1:] == [
            "profiles.parent.proof: the call stay answers",
            "actions.notes: the call stay answers",
            "actions.notes.changes: the call late is not made: it may change records",
        ]
        assert all(each.startswith("GET /stays?code=check-tenant-0") for each in system.asked)
        for of, said in (
            ("stays", "unknown call 'stays' (did you mean stay?)"),
            ("all", "the call all does not ask by 'code': it would answer with records of all"),
            ("invoice", "the call invoice needs 'number', which it is not given"),
        ):
            _, problems = await checked(tenant(entry, of, {"room": "room"}, "code"), tmp_path)
            assert f"actions.notes: {said}" in problems
    wrong = {"kind": "http_api", "settings": {"base_url": origin}, "calls": CALLS}
    _, (problem,) = await checked(tenant(wrong, "stay", {"room": "room"}, "code"), tmp_path)
    assert "did not answer" in problem
