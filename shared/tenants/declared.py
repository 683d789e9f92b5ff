"""Tenants as people write them, in a file or in the console: the model, and its JSON Schema for editors."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.models.definition import Definition
from shared.models.service import RecordsEntry
from shared.models.source import SourceSettings
from shared.models.staff import Language, Slug, Strict
from shared.models.tenant import Tenant, TenantSecret, Wording

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


class SourceEntry(SourceSettings):
    """A source of knowledge that is read now and then. `kind` is the name of a file in shared/sources, and
    `secrets` maps the role of each secret to its name in the secret store; `title` is told as the source
    of an answer."""

    secrets: dict[str, SecretName] = Field({})


class RecordsSource(RecordsEntry):
    """A source of records about persons, asked when a person asks. `kind` is the name of a file in
    shared/records, and `secrets` maps the role of each secret to its name in the secret store. `calls` is of
    `http_api` alone. A result is kept `keep_minutes` for the person who asked."""

    secrets: dict[str, SecretName] = Field({})


class Declared(Tenant):
    """An organisation: its settings, its channels, its knowledge with its sources, and its triggers."""

    model_config = ConfigDict(extra="forbid", title="A tenant")
    tenant: Slug = Field(alias="id")
    secrets: dict[TenantSecret, SecretName] = {}
    channels: dict[Slug, ChannelEntry] = Field({}, max_length=50)
    records: dict[Slug, RecordsSource] = Field({}, max_length=20)  # type: ignore[assignment]
    knowledge: list[Entry] = Field([], max_length=2000)
    sources: dict[Slug, SourceEntry] = Field({}, max_length=50)
    triggers: dict[Slug, Definition] = Field({}, max_length=200)


def schema() -> JsonSchemaValue:
    """Returns the JSON Schema (draft 2020-12) of a tenant."""
    body = Declared.model_json_schema(schema_generator=_Exact)
    return {"$schema": GenerateJsonSchema.schema_dialect} | body


class _Exact(GenerateJsonSchema):
    """Schema generator that forbids other keys if keys have a pattern; pydantic's own schema allows them."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        shape = super().dict_schema(schema)
        return shape | {"additionalProperties": False} if "patternProperties" in shape else shape
