"""Services as people write them: each mistake is told with its field and the expected value."""

from __future__ import annotations

from typing import Any

import pytest

from shared.records import Terms
from shared.tenants import plugins
from shared.tenants.validation import Invalid, Problem, validate
from tests.fakes.clinic import VALID
from tests.fakes.parish import offer

MASS = {"id": "mass", "fr": {"questions": ["Quand ?"], "answer": "Dimanche."}}
ACTION = ["actions", "consult_notes"]


def refused(place: list[Any] = [], value: Any = None) -> list[Problem]:  # noqa: B006
    """Returns the problems of the clinic with a parish's services, after one change."""
    tenant: Any = VALID | {"knowledge": [*VALID["knowledge"], MASS]} | offer()
    if place:
        parent = tenant
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = value
    try:
        validate(tenant)
    except Invalid as invalid:
        return invalid.problems
    return []


def test_right_services_are_accepted() -> None:
    assert refused() == []


@pytest.mark.parametrize(
    ("place", "value", "field", "said"),
    [
        (["services", "parents", "profile"], None, "services.parents.profile", "is missing"),
        (
            ["services", "parents", "profile"],
            "parnt",
            "services.parents.profile",
            "unknown profile 'parnt' (did you mean parent?)",
        ),
        (
            ["services", "office", "profile"],
            "parent",
            "services.office.profile",
            "is only for the kind gated, and this one is human",
        ),
        (["services", "office", "roles"], ["admin"], "services.office.roles", "only for the kind admin"),
        (
            ["services", "office", "topics"],
            ["mass"],
            "services.office.topics",
            "only for the kind information",
        ),
        (
            ["services", "questions", "topics"],
            ["mas"],
            "services.questions.topics[0]",
            "unknown entry of the knowledge 'mas' (did you mean mass?)",
        ),
        (["services", "desk", "channels"], ["mian"], "services.desk.channels[0]", "did you mean main?"),
        (
            ["services", "office", "open"],
            {"mon": ["12:00-08:00"]},
            "services.office.open.mon",
            "ends before it begins",
        ),
        (
            ["services", "office", "names"],
            {"en": "Office"},
            "services.office.names.fr",
            "is missing (expected a name in the tenant's first language)",
        ),
        (
            ["services", "office", "names", "pt"],
            "Secretaria",
            "services.office.names.pt",
            "'pt' is not a language of the tenant",
        ),
        (
            ["services", "office", "words", "pt"],
            ["bureau"],
            "services.office.words.pt",
            "'pt' is not a language of the tenant",
        ),
        (
            ["services", "office", "words", "fr"],
            ["?!"],
            "services.office.words.fr[0]",
            "has no letters or digits",
        ),
        (
            ["services", "office", "words", "fr"],
            ["NOTES"],
            "actions.consult_notes.words.fr[0]",
            "'notes' chooses services.office too",
        ),
        (
            ["actions", "fees", "names", "en"],
            "Marks",
            "actions.fees.names.en",
            "'Marks' chooses actions.consult_notes too",
        ),
        (["profiles", "parent", "names"], {"en": "Parent"}, "profiles.parent.names.fr", "is missing"),
        (
            ["profiles", "parent", "proof", "records"],
            "registre",
            "profiles.parent.proof.records",
            "unknown source of records 'registre' (did you mean register?)",
        ),
        (
            ["profiles", "parent", "proof", "asks", "pt"],
            "Código?",
            "profiles.parent.proof.asks.pt",
            "'pt' is not a language of the tenant",
        ),
        (
            ["profiles", "guest", "proof", "one_time"],
            True,
            "profiles.guest.proof.one_time",
            "has no address to send a code to",
        ),
        (
            ["profiles", "parent", "proof", "keeps", "name"],
            "Nom",
            "profiles.parent.proof.keeps.name",
            "is the person's name in templates",
        ),
        (
            ["profiles", "guest", "actions"],
            ["late_checkout", "late_chekout"],
            "profiles.guest.actions[1]",
            "did you mean late_checkout?",
        ),
        (
            ["profiles", "guest", "actions"],
            ["late_checkout", "late_checkout"],
            "profiles.guest.actions[1]",
            "stands here twice",
        ),
        (["profiles", "parent", "actions"], ["consult_notes", "fees"], "actions.certificate", "no profile"),
        ([*ACTION, "records"], "stay", "actions.consult_notes.records", "did you mean stays?"),
        (
            [*ACTION, "where"],
            {"Enfant": "childs", "id": "child"},
            "actions.consult_notes.where.Enfant",
            "unknown name 'childs' (did you mean child?) among those that parent keeps",
        ),
        (
            [*ACTION, "each"],
            "room",
            "actions.consult_notes.each",
            "unknown name 'room' (expected one of child, family) among those that parent keeps",
        ),
        ([*ACTION, "each"], "family", "actions.consult_notes.each", "'family' is not used in where"),
        (
            [*ACTION, "fields", "name"],
            "Nom",
            "actions.consult_notes.fields.name",
            "is the person's name in templates",
        ),
        (
            [*ACTION, "says", "pt"],
            {"row": "a", "none": "b"},
            "actions.consult_notes.says.pt",
            "'pt' is not a language of the tenant",
        ),
        (
            [*ACTION, "says", "fr", "row"],
            "{{ marc }}",
            "actions.consult_notes.says.fr.row",
            "unknown attribute 'marc' (did you mean mark?)",
        ),
        (
            [*ACTION, "says", "fr", "head"],
            "{{ mark }}",
            "actions.consult_notes.says.fr.head",
            "unknown attribute 'mark'",
        ),
        (
            [*ACTION, "says", "fr", "none"],
            "{% for a in b %}{% endfor %}",
            "actions.consult_notes.says.fr.none",
            "a loop in line 1 is not allowed",
        ),
        (
            ["actions", "certificate", "page", "titles", "fr"],
            "{{ prenom }}",
            "actions.certificate.page.titles.fr",
            "unknown attribute 'prenom'",
        ),
        (
            ["actions", "certificate", "page", "files"],
            "papers",
            "actions.certificate.page.files",
            "unknown field 'papers'",
        ),
        (
            ["actions", "certificate", "page", "begins"],
            "first_name",
            "actions.certificate.page.begins",
            "is only for the kind schedule, and this one is certificate",
        ),
        (
            ["actions", "certificate", "page", "kind"],
            "schedule",
            "actions.certificate.page.begins",
            "is missing",
        ),
        (
            ["actions", "late_checkout", "changes", "confirm", "en"],
            "Until {{ until }}?",
            "actions.late_checkout.changes.confirm.en",
            "unknown attribute 'until'",
        ),
        (
            ["actions", "late_checkout", "changes", "done", "wo"],
            "Baax na",
            "actions.late_checkout.changes.done.wo",
            "'wo' is not a language of the tenant",
        ),
    ],
)
def test_a_mistake_is_told_with_its_field(place: list[Any], value: Any, field: str, said: str) -> None:
    (problem, *_) = refused(place, value)
    assert problem.field == field
    assert said in problem.message


def test_an_action_is_not_named_like_a_tool_of_the_assistant() -> None:
    tenant = offer()
    tenant["actions"]["call_human"] = tenant["actions"].pop("late_checkout")
    tenant["profiles"]["guest"]["actions"] = ["call_human"]
    knowledge = {"knowledge": [*VALID["knowledge"], MASS]}
    with pytest.raises(Invalid) as refusal:
        validate(VALID | knowledge | tenant)
    assert refusal.value.problems[0].field == "actions.call_human"
    assert "is the name of a tool" in refusal.value.problems[0].message


@pytest.mark.parametrize(
    ("terms", "field", "said"),
    [
        (Terms({}, several=False, writes=True), "actions.consult_notes.each", "about one value"),
        (Terms({}, writes=False), "actions.late_checkout.changes", "are only read"),
    ],
)
def test_an_action_asks_only_what_its_source_can_do(
    monkeypatch: pytest.MonkeyPatch, terms: Terms, field: str, said: str
) -> None:
    monkeypatch.setattr("shared.tenants.service_references._terms", lambda kind: terms)
    (problem, *_) = refused()
    assert (problem.field, said in problem.message) == (field, True)


def test_every_kind_of_records_has_its_terms() -> None:
    assert all(isinstance(plugins.record_terms(kind), Terms) for kind in plugins.names("records"))
