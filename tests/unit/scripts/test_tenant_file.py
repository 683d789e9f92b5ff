"""A tenant's file becomes documents, or is refused with one line that helps."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import tenant_file
from scripts.local import seed
from shared.errors import ConfigurationError
from shared.language.languages import shipped
from shared.language.texts import names
from shared.models.answers import Answers
from shared.models.staff import NotifierEntry
from shared.models.tenant import Channel, KnowledgeEntry, Tenant, Wording
from shared.tenants.documents import TenantDocuments
from shared.tenants.rules import gaps
from tests.fakes.clinic import VALID, changed, without

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def write(folder: Path, document: Any) -> Path:
    path = folder / "clinic.yaml"
    text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path, document: Any) -> str:
    """Returns the error's line without the file's name and the line's number."""
    path = write(folder, document)
    with pytest.raises(ConfigurationError) as caught:
        tenant_file.load(path)
    line = str(caught.value)
    assert "\n" not in line
    place = re.match(rf"{re.escape(str(path))}(:[0-9]+)?: ", line)
    assert place
    return line[place.end() :]


def test_a_file_becomes_documents(tmp_path: Path) -> None:
    loaded = tenant_file.load(write(tmp_path, VALID))
    assert (loaded.tenant.tenant, loaded.tenant.name) == ("clinic", "Clinique du Port")
    assert loaded.tenant.hours["mon"] == ["08:30-12:30", "15:00-17:30"]
    assert loaded.tenant.texts == {"fr": {"welcome": "Bonjour !"}}
    assert (loaded.tenant.limits.messages_per_minute, loaded.tenant.limits.session_idle_minutes) == (5, 30)
    assert loaded.tenant.location() == "tenants/clinic"
    assert loaded.channels == [Channel(tenant="clinic", channel="main", **VALID["channels"]["main"])]
    assert loaded.knowledge[0] == KnowledgeEntry(
        tenant="clinic",
        entry="parking",
        topic={"fr": "Accès", "en": "Accès"},
        source={"fr": "Livret, p. 2", "en": "Leaflet, p. 2"},
        wordings={
            "fr": Wording(questions=["Où se garer ?"], answer="Derrière la clinique."),
            "en": Wording(questions=["Where can I park?"], answer="Behind the clinic."),
        },
    )
    assert (loaded.knowledge[1].topic, loaded.knowledge[1].source) == ({}, {})


def test_its_secrets_have_their_families_and_roles() -> None:
    file = TenantDocuments(
        Tenant(
            tenant="clinic",
            name="Clinique du Port",
            languages=["fr"],
            answers=Answers(provider="gemini", secrets={"api_key": "clinic-gemini"}),
            notifiers={
                "mail": NotifierEntry(kind="email", secrets={"password": "clinic-mail"}),
                "nightmail": NotifierEntry(kind="email", secrets={"password": "clinic-mail"}),
            },
            secrets={"link_key": "clinic-link-key"},
        ),
        [Channel(tenant="clinic", channel="main", kind="waha", secrets={"api_key": "clinic-waha"})],
        [],
    )
    assert tenant_file.secrets(file) == [
        ("channels", "api_key", "clinic-waha", "channel main"),
        ("notifiers", "password", "clinic-mail", "notifier mail"),
        ("notifiers", "password", "clinic-mail", "notifier nightmail"),
        ("llm", "api_key", "clinic-gemini", "provider gemini"),
        ("tenants", "link_key", "clinic-link-key", "tenant itself"),
    ]
    assert seed.secrets([file], {}).items() >= {
        ("SECRET_CLINIC_WAHA", "clinic-waha"),
        ("SECRET_CLINIC_MAIL", seed.LOCAL_SECRET),
        ("SECRET_CLINIC_LINK_KEY", seed.LOCAL_SECRET),
    }
    assert "SECRET_CLINIC_GEMINI" not in seed.secrets([file], {})


def test_a_file_may_hold_no_more_than_an_organisation(tmp_path: Path) -> None:
    loaded = tenant_file.load(write(tmp_path, {"id": "a", "name": "A", "languages": ["fr"]}))
    assert (loaded.tenant.timezone, loaded.tenant.answers.provider) == ("UTC", "offline")
    assert (loaded.channels, loaded.knowledge) == ([], [])


@pytest.mark.parametrize("path", sorted(tenant_file.DEMO.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_demo_tenant_is_right(path: Path) -> None:
    loaded = tenant_file.load(path)
    assert loaded.tenant.tenant == path.stem
    assert loaded.channels
    assert loaded.knowledge
    for entry in loaded.knowledge:
        assert set(entry.source) == set(entry.wordings), f"{entry.entry}: an answer without its source"


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (
            ["nam"],
            "x",
            "nam: is not a field (expected one of actions, answers, attributes, channels, contacts, ",
        ),
        (["tenant"], "clinic", "tenant: is not a field"),
        (["name"], 12, "name: 12 is not text"),
        (["name"], "", "name: is too short (expected at least 1)"),
        (["id"], "The Clinic", "id: 'The Clinic' is not allowed (expected the form ^[a-z0-9]"),
        (["id"], "clinic\n", "id: "),
        (["languages"], [], "languages: is too short"),
        (["languages"], ["French"], "languages[0]: 'French' is not allowed"),
        (
            ["limits", "messages_per_minute"],
            "ten",
            "limits.messages_per_minute: 'ten' is not an integer (expected 1…120)",
        ),
        (
            ["limits", "messages_per_minute"],
            0,
            "limits.messages_per_minute: 0 is not allowed (expected 1…120)",
        ),
        (
            ["hours", "monday"],
            [],
            "hours.monday: is not a name for this place (expected one of fri, mon, sat, ",
        ),
        (["hours", "mon", 1], "9:00-12:00", "hours.mon[1]: '9:00-12:00' is not allowed (expected the form "),
        (
            ["channels", "Main"],
            {"kind": "waha"},
            "channels.Main: is not a field (expected the form ^[a-z0-9]",
        ),
        (
            ["channels", "main", "knd"],
            "waha",
            "channels.main.knd: is not a field (expected one of kind, secrets, ",
        ),
        (
            ["channels", "main", "settings", "port"],
            1.5,
            "channels.main.settings.port: 1.5 is not allowed (expected text",
        ),
        (
            ["knowledge", 0, "fr", "answr"],
            "x",
            "knowledge.parking.fr.answr: is not a field (expected one of answer, ",
        ),
        (["knowledge", 0, "fr", "questions"], [], "knowledge.parking.fr.questions: is too short"),
        (["knowledge", 0, "soruce"], "p. 2", "knowledge.parking.soruce: is not a name for this place"),
        (
            ["knowledge", 0, "topic"],
            12,
            "knowledge.parking.topic: 12 is not allowed (expected text or a map)",
        ),
    ],
)
def test_what_the_schema_refuses_is_named(
    tmp_path: Path, place: list[str | int], value: Any, said: str
) -> None:
    assert refusal(tmp_path, changed(place, value)).startswith(said)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (["name"], "name: is missing"),
        (["channels", "main", "kind"], "channels.main.kind: is missing"),
        (["knowledge", 0, "fr", "answer"], "knowledge.parking.fr.answer: is missing"),
        (["knowledge", 1, "fr"], "knowledge.phone: has no wording (expected one of en, fr)"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, place: list[str | int], said: str) -> None:
    assert refusal(tmp_path, without(place)) == said


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (["timezone"], "Africa/Dakkar", "timezone: 'Africa/Dakkar' is not a time zone"),
        (["timezone"], "../../etc/passwd", "timezone: '../../etc/passwd' is not a time zone"),
        (
            ["answers", "provider"],
            "offlin",
            "answers.provider: unknown provider 'offlin' (did you mean offline?)",
        ),
        (
            ["channels", "main", "kind"],
            "wahaa",
            "channels.main.kind: 'wahaa' is not a channel (expected one of ",
        ),
        (["hours", "mon"], ["12:00-09:00"], "hours.mon: '12:00-09:00' ends before it begins"),
        (["hours", "mon"], ["09:00-09:00"], "hours.mon: '09:00-09:00' ends before it begins"),
        (["hours", "mon"], ["12:00-18:00", "09:00-12:01"], "hours.mon: '12:00-18:00' overlaps '09:00-12:01'"),
        (["texts", "fr", "welcom"], "x", "texts.fr.welcom: is not a text (expected one of abuse, "),
        (["texts", "de"], {}, "texts.de: 'de' is not a language of the tenant (expected one of en, fr)"),
        (
            ["languages", 1],
            "eng",
            "languages[1]: 'eng' is not a language that we know (expected one of ar, en,",
        ),
        (
            ["languages_added"],
            {"en": {"name": "English", "words": ["the"]}},
            "languages_added.en: is a language that we know already",
        ),
        (
            ["languages_added"],
            {"ff": {"name": "Pulaar", "words": ["mi"]}},
            "languages_added.ff: 'ff' is not a language of the tenant (expected one of en, fr)",
        ),
        (
            ["knowledge", 1, "de"],
            {"questions": ["Wo?"], "answer": "Da."},
            "knowledge.phone.de: 'de' is not a language of the tenant (expected one of en, fr)",
        ),
        (["knowledge", 1, "source"], {"de": "S. 2"}, "knowledge.phone.source.de: 'de' is not a language"),
        (["knowledge", 1, "id"], "parking", "knowledge.parking: this id stands here twice"),
    ],
)
def test_what_the_rules_refuse_is_named(
    tmp_path: Path, place: list[str | int], value: Any, said: str
) -> None:
    assert refusal(tmp_path, changed(place, value)).startswith(said)


def test_a_tenant_may_add_a_language_and_is_told_which_texts_it_lacks(tmp_path: Path) -> None:
    document = VALID | {
        "languages": ["fr", "ff"],
        "languages_added": {"ff": {"name": "Pulaar", "words": ["mi", "jaraama"]}},
        "texts": {"ff": {key: f"{key} …" for key in names() - {"late", "thanks"}}},
        "knowledge": [],
        "attributes": {},
        "triggers": {},
    }
    tenant = tenant_file.load(write(tmp_path, document)).tenant
    assert tenant.languages_added["ff"].words == ["mi", "jaraama"]
    assert next(gaps(tenant, NOW)) == "texts.ff: said in another language: late, thanks"


def test_languages_of_ours_lack_nothing(tmp_path: Path) -> None:
    document = changed(["languages"], sorted(shipped()))
    told = gaps(tenant_file.load(write(tmp_path, document)).tenant, NOW)
    assert [line for line in told if line.startswith("texts")] == []


def test_intervals_may_touch_and_stand_in_any_order(tmp_path: Path) -> None:
    tenant_file.load(write(tmp_path, changed(["hours", "mon"], ["12:00-18:00", "09:00-12:00"])))


def test_a_value_where_the_name_of_a_secret_belongs_is_refused_without_being_shown(tmp_path: Path) -> None:
    line = refusal(tmp_path, changed(["channels", "main", "secrets", "api_key"], "sk_LIVE_0123456789"))
    assert line.startswith("channels.main.secrets.api_key: the value is not allowed (expected the form ")
    assert "LIVE" not in line


TRIGGER = """\
id: clinic
name: Clinique du Port
languages: [fr]
timezone: Africa/Dakar
attributes:
  visit: {type: date}
triggers:
  reminder:
    when:
      before: visit
      at: "18:00"
    who: visit != null
    says:
      fr:
        text: |-
          Bonjour {{ name }},
          à demain !
        choices:
          - {title: Venir}
          - {title: Non}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("name: Clinique du Port", "nam: x", ":2: nam: is not a field"),
        ("Africa/Dakar", "Africa/Dakkar", ":4: timezone: 'Africa/Dakkar' is not a time zone (expected a"),
        ("type: date", "type: day", ":6: attributes.visit.type: 'day' is not allowed (expected one of "),
        ("      before: visit\n", "", ":9: triggers.reminder.when: is not complete (expected exactly one"),
        ("before: visit", "befor: visit", ":10: triggers.reminder.when.befor: is not a field (expected exac"),
        ("before: visit", "before: vist", ":10: triggers.reminder.when.before: unknown attribute 'vist' (di"),
        ('"18:00"', "18:00", ":11: triggers.reminder.when.at: 1080 is not text (expected the form "),
        ('      at: "18:00"\n', "", ":9: triggers.reminder.when.at: is missing"),
        ("visit != null", "visit", ":12: triggers.reminder.who: the result is text (expected true or false)"),
        ("{{ name }}", "{{ nom }}", ":15: triggers.reminder.says.fr.text: unknown attribute 'nom' (expec"),
        ("{title: Non}", "{titel: Non}", ":20: triggers.reminder.says.fr.choices[1].titel: is not a field ("),
        ("{title: Non}", "{title: venir}", ":20: triggers.reminder.says.fr.choices[1].title: stands here tw"),
        ('before: visit\n      at: "18:00"', 'cron: "0 0 30 2 *"', ":10: triggers.reminder.when.cron: '0 0"),
        ('before: visit\n      at: "18:00"', "once: 2027-02-30T10:00", ":10: triggers.reminder.when.once: '"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_trigger_is_told_with_file_line_field_and_expectation(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    assert TRIGGER.count(right) == 1
    path = write(tmp_path, TRIGGER.replace(right, wrong))
    with pytest.raises(ConfigurationError) as caught:
        tenant_file.load(path)
    assert str(caught.value).startswith(f"{path}{said}")


def test_what_is_not_yaml_is_named_with_its_place(tmp_path: Path) -> None:
    assert refusal(tmp_path, "id: clinic\nname: [A\nlanguages: x").startswith("line 3, column ")
