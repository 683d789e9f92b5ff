"""The demo tenants' triggers with their made-up people: each message is fit to be sent."""

from __future__ import annotations

import csv
import re
from datetime import date
from functools import cache
from typing import Any

import pytest
import yaml

from scripts import tenant_file, yaml_file
from shared.formats.conditions import Condition
from shared.formats.templates import Template
from shared.models import definition as forms
from shared.models.definition import Definition
from shared.models.tenant import Tenant
from shared.tenants.attribute_rules import variables
from shared.tenants.documents import TenantDocuments
from shared.tenants.validation import validate

#: All forms of `when`, in the order of the page.
FORMS = (
    forms.Before,
    forms.After,
    forms.Birthday,
    forms.Cron,
    forms.Once,
    forms.Silence,
    forms.WindowCloses,
    forms.Happening,
)
TENANTS = ("diocese", "hotel")
OWN = {"id", "phone", "name", "language", "consent_service", "consent_promotion"}
#: WhatsApp's limit for the title of a button.
BUTTON = 20


@cache
def loaded(tenant: str) -> TenantDocuments:
    return tenant_file.load(tenant_file.DEMO / f"{tenant}.yaml")


def rows(tenant: str) -> list[dict[str, str]]:
    path = tenant_file.DEMO / "contacts" / f"{tenant}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def values(tenant: Tenant, row: dict[str, str]) -> dict[str, Any]:
    """Returns a person's variables; a number is the only type of the demo that is not text."""
    found: dict[str, Any] = {"name": row["name"], "language": row["language"], "timezone": tenant.timezone}
    for name, attribute in tenant.attributes.items():
        if row[name]:
            found[name] = float(row[name]) if attribute.type == "number" else row[name]
    return found


def cases() -> list[tuple[str, str]]:
    return [(tenant, each.trigger) for tenant in TENANTS for each in loaded(tenant).triggers]


def test_the_examples_of_the_page_are_right() -> None:
    page = (tenant_file.FOLDER / "README.md").read_text("utf-8")
    document = yaml_file.read(tenant_file.DEMO / "hotel.yaml")
    for example in re.findall("```yaml\n(.*?)```", page, re.DOTALL):
        document |= yaml.safe_load(example)
    triggers = [Definition.model_validate(each.definition) for each in validate(document).triggers]
    assert [type(each.when) for each in triggers] == list(FORMS)


@pytest.mark.parametrize("tenant", TENANTS)
def test_the_people_are_a_dozen_made_up_ones_of_the_declared_attributes(tenant: str) -> None:
    settings, people = loaded(tenant).tenant, rows(tenant)
    assert len(people) == 12
    assert set(people[0]) == OWN | set(settings.attributes)
    for row in people:
        assert row["phone"].startswith("+22177000")
        assert row["language"] in settings.languages
        for name, attribute in settings.attributes.items():
            if row[name] and attribute.type == "date":
                date.fromisoformat(row[name])
            if row[name] and attribute.type == "choice":
                assert row[name] in attribute.choices
    for column in ("id", "phone", "name"):
        assert len({row[column] for row in people}) == 12


@pytest.mark.parametrize(("tenant", "trigger"), cases())
def test_a_trigger_has_people_and_its_words_are_made_for_each_of_them(tenant: str, trigger: str) -> None:
    file = loaded(tenant)
    stored = next(each for each in file.triggers if each.trigger == trigger)
    definition = Definition.model_validate(stored.definition)
    known = variables(file.tenant)
    people = [values(file.tenant, row) for row in rows(tenant)]
    meant = [each for each in people if not definition.who or Condition(definition.who, known).holds(each)]
    assert meant
    for person in meant:
        language = person["language"]
        text = Template(definition.says[language].text, known).render(person, language)
        assert person["name"] in text
        assert "  " not in text
        for parameter in definition.template[language].parameters:
            assert Template(parameter, known).render(person, language)
    for words in definition.says.values():
        assert all(len(choice.title) <= BUTTON for choice in words.choices)


def test_the_reminder_of_a_session_goes_to_parents_alone() -> None:
    file = loaded("diocese")
    stored = next(each for each in file.triggers if each.trigger == "seance-demain")
    condition = Condition(stored.definition["who"], variables(file.tenant))
    told = {row["id"] for row in rows("diocese") if condition.holds(values(file.tenant, row))}
    each_saturday = {row["id"] for row in rows("diocese") if row["session_day"]}
    assert told == {row["id"] for row in rows("diocese") if row["role"] == "parent"} & each_saturday
