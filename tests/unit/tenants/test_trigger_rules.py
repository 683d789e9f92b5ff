"""Triggers as people write them: each mistake is told with its field and the expected value."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shared.models.definition import Definition
from shared.models.tenant import Tenant
from shared.tenants import trigger_rules
from shared.tenants.validation import Invalid, Problem, validate
from tests.fakes.clinic import VALID

WHENS: list[dict[str, Any]] = [
    {"before": "visit", "days": 1, "at": "18:00"},
    {"before": "called_at", "at": "00:00"},
    {"after": "called_at", "days": 400, "at": "23:59"},
    {"birthday": "born", "at": "08:30"},
    {"cron": "0 18 * * FRI"},
    {"once": "2026-12-24T18:30"},
    {"once": "confirmed"},
    {"silence": "22h"},
    {"silence": "30d"},
    {"before_window_closes": "2h"},
    {"before_window_closes": "1439m"},
    {"event": "new_contact"},
    {"event": "attribute_changed"},
    {"event": "attribute_changed", "attribute": "ward", "delay": "30m"},
    {"event": "handoff_closed", "delay": "400d"},
]
TEXT = "says.fr.text"
ALL = "expected exactly one of after, before, before_window_closes, birthday, cron, event, once, silence"


def trigger(**fields: Any) -> dict[str, Any]:
    """Returns a definition with other fields."""
    return {"when": {"once": "confirmed"}, "says": {"fr": {"text": "Bonjour !"}}} | fields


def refused(**fields: Any) -> list[Problem]:
    """Returns the problems of the clinic with one such trigger, or an empty list if it is right."""
    try:
        validate(VALID | {"triggers": {"one": trigger(**fields)}})
    except Invalid as invalid:
        return invalid.problems
    return []


def says(**words: Any) -> dict[str, Any]:
    return {"says": {"fr": {"text": "Bonjour !"} | words}}


def choices(*titles: str) -> list[dict[str, str]]:
    return [{"title": title} for title in titles]


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_each_way_to_begin_is_taken(when: dict[str, Any]) -> None:
    assert refused(when=when) == []


@pytest.mark.parametrize(
    ("when", "field", "message"),
    [
        (None, "", f"None is not a map ({ALL})"),
        ("0 18 * * FRI", "", f"'0 18 * * FRI' is not a map ({ALL})"),
        ({}, "", f"is not complete ({ALL})"),
        ({"at": "18:00", "days": 1}, "", f"is not complete ({ALL})"),
        ({"before": "visit", "at": "18:00", "cron": "0 18 * * *"}, "", f"has before and cron ({ALL})"),
        ({"befor": "visit", "at": "18:00"}, ".befor", f"is not a field ({ALL})"),
        ({"before": "visit", "day": 1, "at": "18:00"}, ".day", "is not a field (expected one of at, before"),
        ({"before": "visit"}, ".at", "is missing"),
        ({"before": "visit", "at": 1080}, ".at", "1080 is not text (expected the form ^([01][0-9]|2[0-3]):"),
        ({"before": "visit", "at": "24:00"}, ".at", "'24:00' is not allowed (expected the form"),
        ({"before": "visit", "days": -1, "at": "18:00"}, ".days", "-1 is not allowed (expected 0…400)"),
        ({"before": "vsit", "at": "18:00"}, ".before", "unknown attribute 'vsit' (did you mean visit?)"),
        ({"after": "room", "at": "18:00"}, ".after", "'room' is of the type text (expected one of the type "),
        ({"after": "name", "at": "18:00"}, ".after", "'name' is of the type text (expected one of the type "),
        ({"birthday": "called_at", "at": "18:00"}, ".birthday", "'called_at' is of the type moment (expecte"),
        ({"birthday": "birth", "at": "18:00"}, ".birthday", "unknown attribute 'birth' (expected one of bor"),
        ({"cron": "0 0 30 2 *"}, ".cron", "'0 0 30 2 *' never occurs"),
        ({"cron": "0 25 * * *"}, ".cron", "hour: '25' is wrong (expected 0 to 23"),
        ({"cron": "0 18 * * FRI *"}, ".cron", "expected five fields (minute, hour, day of month"),
        ({"cron": "* * * * *"}, ".cron", "minute: '*' is too often (expected at least 15 minutes"),
        ({"once": "2027-02-30T10:00"}, ".once", "'2027-02-30T10:00' is not a day of the calendar (expected"),
        ({"once": "0000-01-01T10:00"}, ".once", "'0000-01-01T10:00' is not a day of the calendar (expected"),
        ({"once": "2026-12-24 10:00"}, ".once", "'2026-12-24 10:00' is not allowed (expected the form"),
        ({"once": "now"}, ".once", "'now' is not allowed (expected the form"),
        ({"silence": "31d"}, ".silence", "'31d' is too long (expected at most 30d)"),
        ({"silence": "2 hours"}, ".silence", "'2 hours' is not allowed (expected the form ^[1-9][0-9]{0,3}["),
        ({"before_window_closes": "24h"}, ".before_window_closes", "'24h' is too long (expected at most 143"),
        ({"event": "new_contct"}, ".event", "'new_contct' is not allowed (expected one of attribute_changed"),
        ({"event": "new_contact", "delay": "401d"}, ".delay", "'401d' is too long (expected at most 400d)"),
        ({"event": "new_contact", "attribute": "room"}, ".attribute", "has no meaning for new_contact (expe"),
        ({"event": "attribute_changed", "attribute": "rom"}, ".attribute", "unknown attribute 'rom' (did yo"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_beginning_is_told(when: Any, field: str, message: str) -> None:
    (found,) = refused(when=when)
    assert found.field == f"triggers.one.when{field}"
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("ward", "the result is text (expected true or false)"),
        ("1 + 1", "the result is a number (expected true or false)"),
        ("wrd == 'a'", "unknown attribute 'wrd' (did you mean ward?"),
        ("ward == ", ""),
        ("ward == 3", ""),
        (" ", ""),
        ("__import__('os').system('x') == 0", ""),
    ],
)
def test_a_wrong_condition_is_told(who: str, message: str) -> None:
    (found,) = refused(who=who)
    assert found.field == "triggers.one.who"
    assert found.message.startswith(message)
    assert found.message.isprintable()


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        (says(text="Bonjour {{ nane }}"), "says.fr.text", "unknown attribute 'nane' (did you mean name?)"),
        (says(text="Bonjour {{ name"), "says.fr.text", ""),
        (says(text="{% for x in room %}{% endfor %}"), "says.fr.text", "a loop in line 1 is not allowed"),
        (says(text=" \n"), "says.fr.text", "is empty"),
        (says(choices=choices("Oui", "oui ")), "says.fr.choices[1].title", "stands here twice"),
        (says(choices=choices("Oui", " ")), "says.fr.choices[1].title", "is empty"),
        (says(choices=choices("O" * 25)), "says.fr.choices[0].title", "is too long (expected at most 24)"),
        (
            says(choices=[{"title": "Venir", "topic": "parkng"}]),
            "says.fr.choices[0].topic",
            "unknown entry of the knowledge 'parkng' (did you mean parking?)",
        ),
        (
            says(choices=choices("a", "b", "c", "d"), file={"url": "https://clinic.example/a.png"}),
            "says.fr.choices",
            "are too many beside a file (expected at most 3)",
        ),
        (says(file="https://clinic.example/a.png"), "says.fr.file", "'https://clinic.example/a.png' is not "),
        (says(file={"url": "a.png"}), "says.fr.file.url", "'a.png' is not allowed (expected the form"),
        ({"says": {}}, "says", "is too short (expected at least 1)"),
        ({"says": {"fr": "Bonjour"}}, "says.fr", "'Bonjour' is not a map"),
        ({"says": {"de": {"text": "Tag"}}}, "says.de", "'de' is not a language of the tenant (expected one"),
        ({"template": {"de": {"name": "a"}}}, "template.de", "'de' is not a language of the tenant (expecte"),
        (
            {"template": {"fr": {"name": "a", "parameters": ["{{ name }}", "{{ nane }}"]}}},
            "template.fr.parameters[1]",
            "unknown attribute 'nane' (did you mean name?)",
        ),
        ({"late": {"policy": "send", "hours": 3}}, "late.hours", "has no meaning for send (expected skip_if"),
        ({"late": {"hours": 0}}, "late.hours", "0 is not allowed (expected 1…720)"),
        ({"late": {"policy": "skip"}}, "late.policy", "'skip' is not allowed (expected one of latest_only,"),
        ({"rating": True} | says(choices=choices("a")), "rating", "asks for stars, and there are choices to"),
        ({"rating": "yes"}, "rating", "'yes' is not true or false"),
        ({"channels": ["main", "mian"]}, "channels[1]", "unknown channel 'mian' (did you mean main?)"),
        ({"channels": ["main", "main"]}, "channels[1]", "'main' stands here twice"),
        ({"reply_topic": "phones"}, "reply_topic", "unknown entry of the knowledge 'phones' (did you mean p"),
        ({"kind": "advert"}, "kind", "'advert' is not allowed (expected one of promotion, service)"),
        ({"whom": ""}, "whom", "is not a field (expected one of busy, channels,"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_field_is_told(fields: dict[str, Any], field: str, message: str) -> None:
    (found,) = refused(**fields)
    assert found.field == f"triggers.one.{field}"
    assert found.message.startswith(message)
    assert found.message.isprintable()


@pytest.mark.parametrize(
    "fields",
    [
        {"late": {"policy": "latest_only"}},
        {"rating": True, "reply_topic": "phone"},
        says(choices=choices("a", "b", "c"), file={"url": "https://clinic.example/a.png"}),
        says(choices=choices(*"abcdefghij")),
        says(text="{% if room %}{{ room }}{% else %}{{ name | first }}{% endif %}"),
    ],
    ids=str,
)
def test_a_right_field_is_taken(fields: dict[str, Any]) -> None:
    assert refused(**fields) == []


def test_all_mistakes_of_a_trigger_are_told() -> None:
    found = refused(when={"cron": "0 0 31 11 *"}, who="ward", says={"de": {"text": "{{ x }}"}})
    assert [problem.field.removeprefix("triggers.one.") for problem in found] == [
        "when.cron",
        "who",
        "says.de",
        "says.de.text",
    ]


def clinic() -> Tenant:
    return validate(VALID).tenant


def test_a_stored_definition_is_read() -> None:
    for stored in validate(VALID).triggers:
        definition = trigger_rules.read(clinic(), stored.definition)
        assert definition.model_dump(mode="json", exclude_defaults=True) == stored.definition


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"when": {"cron": "0 0 30 2 *"}, "who": "ward"}, ["when.cron", "who"]),
        ({"when": {"befor": "visit"}, "says": {"fr": {"txt": ""}}}, ["when.befor", "says.fr.txt", TEXT]),
        ({"when": {"before": "gone", "at": "10:00"}}, ["when.before"]),
        ({"late": {"policy": "send", "hours": 3}}, ["late.hours"]),
        ({"says": {"de": {"text": "x"}}}, ["says.de"]),
        ({"kind": None, "new": 1}, ["new", "kind"]),
    ],
    ids=str,
)  # fmt: skip
def test_a_stored_definition_that_people_broke_is_told(fields: dict[str, Any], told: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        trigger_rules.read(clinic(), trigger(**fields))
    assert [problem.field for problem in caught.value.problems] == told


def test_other_documents_that_a_stored_definition_names_are_not_looked_up() -> None:
    stored = trigger(channels=["gone"], reply_topic="gone")
    assert trigger_rules.read(clinic(), stored).channels == ["gone"]


def test_a_definition_that_fits_no_more_after_a_change_of_attributes_is_told() -> None:
    stored = validate(VALID).triggers[0]
    tenant = clinic()
    del tenant.attributes["visit"]
    with pytest.raises(Invalid) as caught:
        trigger_rules.read(tenant, stored.definition)
    assert {problem.field for problem in caught.value.problems} == {
        "when.before",
        "says.fr.text",
        "says.en.text",
        "template.fr.parameters[0]",
    }


def test_a_revision_is_the_definitions_whatever_its_spelling() -> None:
    one = Definition.model_validate(trigger(rating=False, late={"hours": 12}))
    same = Definition.model_validate(dict(reversed(trigger().items())))
    assert trigger_rules.revision(one) == trigger_rules.revision(same)
    assert len(trigger_rules.revision(one)) == 16
    seen = {trigger_rules.revision(one)}
    for fields in ({"when": each} for each in WHENS if each != {"once": "confirmed"}):
        seen.add(trigger_rules.revision(Definition.model_validate(trigger(**fields))))
    assert len(seen) == len(WHENS)


def test_a_revision_stays_the_same_over_versions() -> None:
    """Another revision would plan all triggers anew."""
    assert trigger_rules.revision(Definition.model_validate(trigger())) == "90de66de2e32a43b"


def test_definitions_are_independent_of_what_they_were_made_from() -> None:
    data = copy.deepcopy(VALID)
    documents = validate(data)
    data["triggers"]["reminder"]["says"]["fr"]["text"] = "x"
    assert documents.triggers == validate(VALID).triggers
