"""Tenant files as people write them (infra/tenants/*.yaml), checked and converted to documents.

`python -m scripts.tenant_file [FILE …]` checks files; `--schema` prints the JSON Schema for editors, which is
kept as infra/tenant.schema.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from scripts import yaml_file
from shared.errors import ConfigurationError
from shared.language import texts
from shared.language.languages import shipped
from shared.models.tenant import (
    OFFLINE,
    Channel,
    Day,
    KnowledgeEntry,
    Language,
    Slug,
    Strict,
    Tenant,
    Wording,
)
from shared.tenants import plugins

FOLDER = yaml_file.ROOT / "infra" / "tenants"

#: A secret's name in Secret Manager; in upper case, with underscores, an environment variable.
SecretName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,99}$")]


class ChannelEntry(Strict):
    """A connection to a network. `kind` is the name of a file in shared/channels; `secrets` maps the role of
    each secret to its name in the secret store, never to its value."""

    kind: Slug
    settings: dict[str, str | int | bool | list[str]] = Field({})
    secrets: dict[str, SecretName] = Field({})


class Entry(BaseModel):
    """One fact with its source, worded in one or more of the tenant's languages: `fr: {questions, answer}`.
    A topic or a source that is plain text holds for every language of the entry."""

    model_config = ConfigDict(
        extra="allow",
        # A language cannot be told from a misspelt field by a schema alone, but this much can.
        json_schema_extra={"propertyNames": {"pattern": "^(id|topic|source|[a-z]{2,3})$"}},
    )
    __pydantic_extra__: dict[Language, Wording] = Field(init=False)
    id: Slug
    topic: str | dict[Language, str] = {}
    source: str | dict[Language, str] = {}

    @property
    def wordings(self) -> dict[str, Wording]:
        return self.__pydantic_extra__


class File(Tenant):
    """An organisation: its settings, its channels and its knowledge."""

    model_config = ConfigDict(extra="forbid", title="A tenant")
    tenant: Slug = Field(alias="id")
    channels: dict[Slug, ChannelEntry] = Field({}, max_length=50)
    knowledge: list[Entry] = Field([], max_length=2000)


@dataclass(frozen=True)
class TenantFile:
    """The documents of one tenant."""

    tenant: Tenant
    channels: list[Channel]
    knowledge: list[KnowledgeEntry]


def load(path: Path) -> TenantFile:
    """Reads a tenant file and checks it. Raises ConfigurationError, one line, for the first error."""
    document = yaml_file.read(path)
    yaml_file.check(path, document, schema())
    try:
        file = File.model_validate(document)
    except ValidationError as error:  # errors beyond the JSON Schema, such as a newline after a slug
        first = error.errors(include_url=False)[0]
        raise yaml_file.problem(path, yaml_file.field(document, first["loc"]), first["msg"]) from None
    for place, message in _breaches(file):
        raise yaml_file.problem(path, place, message)
    return _documents(file)


def gaps(tenant: Tenant) -> Iterator[str]:
    """Yields a line for each added language that lacks some of the fixed texts (which is allowed)."""
    for language in tenant.languages_added:
        if missing := texts.missing(tenant, language):
            yield f"texts.{language}: said in another language: {', '.join(missing)}"


def schema() -> JsonSchemaValue:
    """Returns the JSON Schema (draft 2020-12) of a tenant file."""
    body = File.model_json_schema(schema_generator=_Exact)
    return {"$schema": GenerateJsonSchema.schema_dialect} | body


class _Exact(GenerateJsonSchema):
    """Schema generator that forbids other keys if keys have a pattern; pydantic's own schema allows them."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        shape = super().dict_schema(schema)
        return shape | {"additionalProperties": False} if "patternProperties" in shape else shape


def _documents(file: File) -> TenantFile:
    tenant = file.tenant
    settings = {name: getattr(file, name) for name in Tenant.model_fields}
    return TenantFile(
        tenant=Tenant(**settings),
        channels=[
            Channel(tenant=tenant, channel=name, **entry.model_dump())
            for name, entry in file.channels.items()
        ],
        knowledge=[
            KnowledgeEntry(
                tenant=tenant,
                entry=entry.id,
                topic=_by_language(entry.topic, entry.wordings),
                source=_by_language(entry.source, entry.wordings),
                wordings=entry.wordings,
            )
            for entry in file.knowledge
        ],
    )


def _by_language(text: str | dict[str, str], languages: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(languages, text) if isinstance(text, str) else text


def _breaches(file: File) -> Iterator[tuple[str, str]]:
    """Yields breaches of the rules that the schema cannot express: the field, and the message."""
    if file.timezone not in zoneinfo.available_timezones():
        yield "timezone", f"{file.timezone!r} is not a time zone (expected a name such as Africa/Dakar)"
    yield from _languages_breaches(file)
    yield from _hours_breaches(file.hours)
    for language, wordings in file.texts.items():
        yield from _language_breaches(f"texts.{language}", language, file)
        for key in wordings:
            if key not in texts.names():
                yield f"texts.{language}.{key}", f"is not a text ({yaml_file.one_of(texts.names())})"
    providers = plugins.names("llm") | {OFFLINE}
    yield from _plugin_breaches("answers.provider", file.answers.provider, "a provider", providers)
    for name, channel in file.channels.items():
        yield from _plugin_breaches(
            f"channels.{name}.kind", channel.kind, "a channel", plugins.names("channels")
        )
    seen: set[str] = set()
    for entry in file.knowledge:
        yield from _entry_breaches(entry, file)
        if entry.id in seen:
            yield f"knowledge.{entry.id}", "this id stands here twice"
        seen.add(entry.id)


def _languages_breaches(file: File) -> Iterator[tuple[str, str]]:
    """Yields languages that are neither shipped nor described by the tenant."""
    for place, language in enumerate(file.languages):
        if language not in {*shipped(), *file.languages_added}:
            expected = f"{yaml_file.one_of(shipped())}, or one described in languages_added"
            yield f"languages[{place}]", f"{language!r} is not a language that we know ({expected})"
    for language in file.languages_added:
        yield from _language_breaches(f"languages_added.{language}", language, file)
        if language in shipped():
            yield f"languages_added.{language}", "is a language that we know already"


def _hours_breaches(hours: Mapping[Day, list[str]]) -> Iterator[tuple[str, str]]:
    """Yields intervals that end before they begin or overlap. `HH:MM` sorts as text; a day ends at
    midnight."""
    for day, intervals in hours.items():
        for interval in intervals:
            opens, closes = interval.split("-")
            if opens >= closes:
                yield f"hours.{day}", f"{interval!r} ends before it begins"
        for earlier, later in pairwise(sorted(intervals)):
            if later.split("-")[0] < earlier.split("-")[1]:
                yield f"hours.{day}", f"{later!r} overlaps {earlier!r}"


def _plugin_breaches(place: str, name: str, kind: str, files: Iterable[str]) -> Iterator[tuple[str, str]]:
    if name not in files:
        yield place, f"{name!r} is not {kind} ({yaml_file.one_of(files)})"


def _entry_breaches(entry: Entry, file: File) -> Iterator[tuple[str, str]]:
    place = f"knowledge.{entry.id}"
    if not entry.wordings:
        yield place, f"has no wording ({yaml_file.one_of(file.languages)})"
    for language in entry.wordings:
        yield from _language_breaches(f"{place}.{language}", language, file)
    for name, text in (("topic", entry.topic), ("source", entry.source)):
        for language in () if isinstance(text, str) else text:
            yield from _language_breaches(f"{place}.{name}.{language}", language, file)


def _language_breaches(place: str, language: str, file: File) -> Iterator[tuple[str, str]]:
    if language not in file.languages:
        yield place, f"{language!r} is not a language of the tenant ({yaml_file.one_of(file.languages)})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks tenants' files.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="infra/tenants/*.yaml by default")
    parser.add_argument("--schema", action="store_true", help="print infra/tenant.schema.json")
    arguments: Any = parser.parse_args()
    if arguments.schema:
        print(json.dumps(schema(), indent=2, ensure_ascii=False))
        return
    for path in arguments.files or sorted(FOLDER.glob("*.yaml")):
        try:
            found = load(path)
        except ConfigurationError as error:
            sys.exit(str(error))
        print(f"{path.name}: {len(found.channels)} channels, {len(found.knowledge)} entries of knowledge")
        for line in gaps(found.tenant):
            print(f"{path.name}: {line}")


if __name__ == "__main__":
    main()
