"""Sources of records as people write them: each mistake is told with its field and the expected value."""

from __future__ import annotations

from typing import Any

import pytest

from shared.tenants.validation import Invalid, Problem, validate
from tests.fakes.clinic import VALID

CALL = {"path": "/visits/{code}"}
API: dict[str, Any] = {
    "kind": "http_api",
    "settings": {"base_url": "https://clinic.example/v1"},
    "calls": {"visits": CALL},
}
RIGHT: list[dict[str, Any]] = [
    {"kind": "baserow", "secrets": {"token": "clinic-baserow"}},
    {"kind": "baserow", "settings": {"base_url": "http://baserow:8000"}, "secrets": {"token": "clinic"}},
    API,
    {
        **API,
        "settings": {"base_url": "https://clinic.example", "header": "X-API-Key"},
        "secrets": {"token": "c"},
    },
    {"kind": "firestore", "keep_minutes": 0, "seconds": 3},
    {"kind": "sheet", "settings": {"file": "people/families.xlsx"}},
    {"kind": "sheet", "settings": {"drive": "1AbC"}, "secrets": {"service_account": "clinic-drive"}},
    {"kind": "google_drive", "secrets": {"service_account": "clinic-drive"}},
]
PLACE = "records.one"


def refused(entry: Any) -> list[Problem]:
    """Returns the problems of the clinic with one such source, or an empty list if it is right."""
    try:
        validate(VALID | {"records": {"one": entry}})
    except Invalid as invalid:
        return invalid.problems
    return []


def calling(**call: Any) -> dict[str, Any]:
    return {**API, "calls": {"visits": {**CALL, **call}}}


@pytest.mark.parametrize("entry", RIGHT)
def test_a_right_source_is_accepted(entry: dict[str, Any]) -> None:
    assert refused(entry) == []


@pytest.mark.parametrize(
    ("entry", "field", "said"),
    [
        (
            {"kind": "airtable"},
            "kind",
            "'airtable' is not a kind of records (expected one of baserow, firestore",
        ),
        ({"kind": "_api"}, "kind", "is not"),
        ({"kind": "baserow"}, "secrets.token", "is missing (expected the secret's name)"),
        (
            {"kind": "baserow", "secrets": {"token": "a", "tokn": "b"}},
            "secrets.tokn",
            "unknown secret 'tokn' (did you mean token?)",
        ),
        ({"kind": "firestore", "settings": {"table": 7}}, "settings.table", "unknown setting 'table'"),
        ({**API, "settings": {}}, "settings.base_url", "is missing (expected text)"),
        ({**API, "settings": {"base_url": 7}}, "settings.base_url", "7 is not text"),
        ({**API, "settings": {"base_url": ""}}, "settings.base_url", "is empty"),
        ({**API, "settings": {"base_url": "clinic.example"}}, "settings.base_url", "is not such an address"),
        (
            {**API, "settings": {"base_url": "https://me:pass@clinic.example"}},
            "settings.base_url",
            "is not such an address",
        ),
        (
            {**API, "settings": {"base_url": "https://a.example", "header": "X Key"}},
            "settings.header",
            "is not the name of a header",
        ),
        ({**API, "calls": {}}, "calls", "is missing (expected the calls by their names)"),
        ({"kind": "firestore", "calls": {"a": CALL}}, "calls", "have no calls"),
        (calling(path="/a?b=c"), "calls.visits.path", "has a query or a fragment (expected it in query)"),
        (calling(path="/a/{code"), "calls.visits.path", "has a brace without its other"),
        (calling(query={"q": "{}"}), "calls.visits.query.q", "has a brace without its other"),
        (calling(body={"q": "a"}), "calls.visits.body", "is not sent with GET"),
        (calling(next="next"), "calls.visits.cursor", "is missing beside next"),
        (calling(cursor="page"), "calls.visits.next", "is missing beside cursor"),
        (calling(fields={"a": "x", "b": "x"}), "calls.visits.fields", "gives one name to two fields"),
        ({"kind": "sheet"}, "settings", "expected exactly one of file and drive"),
        (
            {"kind": "sheet", "settings": {"file": "a.csv", "drive": "1"}},
            "settings",
            "expected exactly one of file and drive",
        ),
        ({"kind": "sheet", "settings": {"file": "../a.csv"}}, "settings.file", "is not a name below"),
        ({"kind": "sheet", "settings": {"file": "/a.csv"}}, "settings.file", "is not a name below"),
    ],
)
def test_a_mistake_is_told_with_its_field(entry: dict[str, Any], field: str, said: str) -> None:
    found = refused(entry)
    assert [problem for problem in found if problem[0] == f"{PLACE}.{field}" and said in problem[1]], found
