"""Documents as a console shows them are judged as the file from which they were made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts import tenant_file
from shared.tenants.documents import TenantDocuments, written
from shared.tenants.validation import Invalid, Problem, validate
from tests.fakes.clinic import VALID, changed

Fields = dict[str, Any]
FILES = sorted(tenant_file.DEMO.glob("*.yaml"))


def stored(documents: TenantDocuments) -> Fields:
    """Returns the fields of a tenant's documents, by document id, to be edited by hand."""
    return {
        "tenant": documents.tenant.model_dump(),
        "channels": {channel.channel: channel.model_dump() for channel in documents.channels},
        "knowledge": {entry.entry: entry.model_dump() for entry in documents.knowledge},
        "triggers": {trigger.trigger: trigger.model_dump() for trigger in documents.triggers},
        "sources": {source.source: source.model_dump() for source in documents.sources},
    }


def edited(place: list[str], value: Any) -> Fields:
    """Returns the clinic in the form that people write, after an edit of its documents."""
    console = stored(validate(VALID))
    parent = console
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    return written(**console)


def verdict(data: Any) -> TenantDocuments | list[Problem]:
    """Returns the documents or the problems."""
    try:
        return validate(data)
    except Invalid as invalid:
        return invalid.problems


def test_a_clinic_comes_back_from_its_documents() -> None:
    documents = validate(VALID)
    assert verdict(written(**stored(documents))) == documents


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_demo_tenant_comes_back_from_its_documents(path: Path) -> None:
    documents = replace(tenant_file.load(path), files={})
    assert verdict(written(**stored(documents))) == documents


@pytest.mark.parametrize(
    ("document", "place", "value"),
    [
        (["tenant", "nam"], ["nam"], "x"),
        (["tenant", "name"], ["name"], 12),
        (["tenant", "languages"], ["languages"], ["fr", "en", "xx"]),
        (["tenant", "timezone"], ["timezone"], "Dakar"),
        (["tenant", "hours", "mon"], ["hours", "mon"], ["9-12"]),
        (["tenant", "hours", "mon"], ["hours", "mon"], ["12:00-09:00"]),
        (["tenant", "texts", "fr", "welcom"], ["texts", "fr", "welcom"], "x"),
        (["tenant", "answers", "provider"], ["answers", "provider"], "gemni"),
        (["tenant", "limits", "late_after_hours"], ["limits", "late_after_hours"], "12"),
        (["channels", "main", "kind"], ["channels", "main", "kind"], "wahaa"),
        (["channels", "main", "knd"], ["channels", "main", "knd"], "waha"),
        (
            ["channels", "main", "secrets", "api_key"],
            ["channels", "main", "secrets", "api_key"],
            "sk_LIVE",
        ),
        (["knowledge", "phone", "source"], ["knowledge", 1, "source"], {"de": "S. 2"}),
        (["knowledge", "phone", "soruce"], ["knowledge", 1, "soruce"], "p. 2"),
        (["knowledge", "phone", "wordings", "fr"], ["knowledge", 1, "fr"], "Le 33."),
        (["knowledge", "phone", "wordings", "fr", "questions"], ["knowledge", 1, "fr", "questions"], []),
    ],
)
def test_an_edit_by_hand_is_judged_as_the_same_change_of_the_file(
    document: list[str], place: list[str | int], value: Any
) -> None:
    found = verdict(edited(document, value))
    assert found == verdict(changed(place, value))
    assert isinstance(found, list)


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (["tenant", "tenant"], None, "id"),
        (["channels", "main", "tenant"], "hotel", "channels.main.tenant"),
        (["channels", "main", "channel"], "other", "channels.main.channel"),
        (["knowledge", "phone", "tenant"], "hotel", "knowledge.phone.tenant"),
        (["knowledge", "phone", "wordings"], [], "knowledge.phone.wordings"),
        (["knowledge", "phone", "wordings", "topic"], "x", "knowledge.phone.wordings"),
    ],
)
def test_a_document_that_disagrees_with_its_place_is_refused(
    place: list[str], value: Any, field: str
) -> None:
    found = verdict(edited(place, value))
    assert isinstance(found, list)
    assert field in [problem.field for problem in found]
