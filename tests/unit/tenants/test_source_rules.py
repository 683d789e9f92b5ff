"""Sources as people write them: each mistake is told with its field and the expected value."""

from __future__ import annotations

from typing import Any

import pytest

from shared.tenants.validation import Invalid, Problem, validate
from tests.fakes.clinic import VALID

RIGHT: list[dict[str, Any]] = [
    {"kind": "page", "settings": {"url": "https://clinic.example/visits"}},
    {"kind": "page", "settings": {"url": "http://intranet:8080/a", "own_origin": "http://intranet:8080"}},
    {"kind": "file", "title": "Guide", "language": "fr", "settings": {"path": "sources/guide.md"}},
    {"kind": "drive", "settings": {"folder": "1AbC"}, "secrets": {"service_account": "clinic-drive"}},
    {
        "kind": "baserow",
        "settings": {"table": 7, "view": 3},
        "secrets": {"token": "clinic-baserow"},
        "every_hours": 6,
    },
]
URL = "sources.one.settings.url"


def refused(source: Any, name: str = "one") -> list[Problem]:
    """Returns the problems of the clinic with one such source, or an empty list if it is right."""
    try:
        validate(VALID | {"sources": {name: source}})
    except Invalid as invalid:
        return invalid.problems
    return []


@pytest.mark.parametrize("source", RIGHT)
def test_a_right_source_is_accepted(source: dict[str, Any]) -> None:
    assert refused(source) == []


@pytest.mark.parametrize(
    ("source", "field", "said"),
    [
        (
            {"kind": "sharepoint"},
            "sources.one.kind",
            "is not a kind of source (expected one of baserow, drive, file, page)",
        ),
        ({}, "sources.one.kind", "is missing"),
        ({"kind": "page"}, URL, "is missing (expected text)"),
        ({"kind": "page", "settings": {"url": ""}}, URL, "is empty"),
        ({"kind": "page", "settings": {"url": 7}}, URL, "7 is not text"),
        ({"kind": "page", "settings": {"url": "http://clinic.example"}}, URL, "(expected https://…)"),
        (
            {"kind": "page", "settings": {"url": "https://me:secret@clinic.example"}},
            URL,
            "is not such an address",
        ),
        ({"kind": "page", "settings": {"url": "https://[bad"}}, URL, "is not such an address"),
        (
            {"kind": "page", "settings": {"url": "https://a.example", "urll": "x"}},
            "sources.one.settings.urll",
            "unknown setting 'urll' (did you mean url?)",
        ),
        (
            {"kind": "file", "settings": {"path": "../../etc/passwd"}},
            "sources.one.settings.path",
            "below the tenant's file",
        ),
        (
            {"kind": "file", "settings": {"path": "/etc/passwd"}},
            "sources.one.settings.path",
            "below the tenant's file",
        ),
        (
            {"kind": "baserow", "settings": {"table": "7"}, "secrets": {"token": "t"}},
            "sources.one.settings.table",
            "'7' is not a whole number",
        ),
        (
            {"kind": "baserow", "settings": {"table": True}, "secrets": {"token": "t"}},
            "sources.one.settings.table",
            "True is not a whole number",
        ),
        ({"kind": "baserow", "settings": {"table": 7}}, "sources.one.secrets.token", "is missing"),
        (
            {"kind": "page", "settings": {"url": "https://a.example"}, "secrets": {"token": "t"}},
            "sources.one.secrets.token",
            "unknown secret 'token'",
        ),
        (
            {"kind": "page", "settings": {"url": "https://a.example"}, "language": "pt"},
            "sources.one.language",
            "'pt' is not a language of the tenant",
        ),
        ({"kind": "page", "every_hours": 0}, "sources.one.every_hours", "0"),
        ({"kind": "page", "due_at": "now"}, "sources.one.due_at", "is not a field"),
    ],
)
def test_a_mistake_is_told_with_its_field(source: Any, field: str, said: str) -> None:
    (problem, *_) = refused(source)
    assert problem.field == field
    assert said in problem.message


def test_a_secret_s_value_is_never_shown() -> None:
    source = {"kind": "baserow", "settings": {"table": 7}, "secrets": {"token": "S3cret Value"}}
    assert "S3cret" not in str(refused(source))


def test_a_declared_source_becomes_a_document() -> None:
    (source,) = validate(VALID | {"sources": {"one": RIGHT[3]}}).sources
    assert (source.kind, source.declared, source.hours) == ("drive", True, 1)
    assert source.secrets == {"service_account": "clinic-drive"}
