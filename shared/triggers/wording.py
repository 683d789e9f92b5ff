"""The words of a trigger's message: its templates, filled with a contact's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from shared.formats.templates import Template
from shared.language.texts import text
from shared.models.attributes import Value
from shared.models.definition import Definition, Words
from shared.models.parts import Choice, Choices, Media, Part, Text
from shared.models.parts import Template as Alternative
from shared.models.tenant import Tenant
from shared.tenants.attribute_rules import variables

#: The most characters of the text above choices (Meta's limit).
_LONGEST = 1_024
_STARS = 5


@dataclass(frozen=True)
class Worded:
    """The parts to send, and what goes instead outside the network's window."""

    language: str
    parts: list[Part]
    template: Alternative | None


def word(
    tenant: Tenant, definition: Definition, id: str, language: str, values: Mapping[str, Value]
) -> Worded:
    """Returns the message `id` in the person's language, or the nearest that the trigger has.

    Raises Absent if the contact has no value for an attribute that the words need.
    """
    spoken = _language(tenant, definition, language)
    words = definition.says[spoken]
    said = render(tenant, words.text, values, spoken)
    return Worded(
        spoken,
        _parts(tenant, definition, words, said, id, spoken),
        _approved(tenant, definition, spoken, values, said),
    )


def render(tenant: Tenant, template: str, values: Mapping[str, Value], language: str) -> str:
    """Returns a template's text. Raises Absent if an attribute that it needs has no value."""
    return _template(template, frozenset(variables(tenant))).render(values, language)


@lru_cache(maxsize=1_000)
def _template(text: str, names: frozenset[str]) -> Template:
    return Template(text, names)


def _language(tenant: Tenant, definition: Definition, language: str) -> str:
    wanted = (language, *tenant.languages)
    return next((each for each in wanted if each in definition.says), next(iter(definition.says)))


def _parts(
    tenant: Tenant, definition: Definition, words: Words, said: str, id: str, language: str
) -> list[Part]:
    choices = _choices(definition, words, id)
    found: list[Part] = []
    if words.file is not None:
        caption = "" if choices else said
        file = words.file
        found.append(Media(kind=file.kind, url=file.url, filename=file.filename, caption=caption))
    if not choices:
        return found or [Text(text=said)]
    if len(said) <= _LONGEST:
        return [*found, Choices(text=said, choices=choices)]
    return [
        *found,
        Text(text=said),
        Choices(text=text(tenant, language, "choose"), choices=choices),
    ]


def _choices(definition: Definition, words: Words, id: str) -> list[Choice]:
    if definition.rating:
        return [Choice(id=f"rate:{id}:{stars}", title="⭐" * stars) for stars in range(1, _STARS + 1)]
    return [
        Choice(id=f"said:{id}:{place}", title=option.title)
        for place, option in enumerate(words.choices, start=1)
    ]


def _approved(
    tenant: Tenant, definition: Definition, language: str, values: Mapping[str, Value], said: str
) -> Alternative | None:
    approved = definition.template.get(language)
    if approved is None:
        return None
    filled = [render(tenant, each, values, language) for each in approved.parameters]
    return Alternative(name=approved.name, language=language, parameters=filled, text=said)
