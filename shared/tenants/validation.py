"""The one check of a tenant that people wrote, for files, the console's documents and programs alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import JsonSchemaValue

from shared.models.tenant import Channel, Tenant
from shared.tenants import rules, shape
from shared.tenants.declared import ChannelEntry, Declared, schema
from shared.tenants.documents import TenantDocuments, documents, written, written_channel
from shared.tenants.problems import LIMIT, Breaches, Invalid, Problem

__all__ = ["LIMIT", "Invalid", "Problem", "validate", "validate_channel", "validate_settings"]

M = TypeVar("M", bound=BaseModel)


def validate(data: Any) -> TenantDocuments:
    """Returns the documents of a tenant in the form that people write: maps, lists, text, numbers, booleans.

    Raises Invalid with all problems. The rules are checked only if the shape is right.
    """
    tenant = _shaped(Declared, data)
    _refuse(rules.breaches(tenant))
    return documents(tenant)


def validate_settings(fields: Mapping[str, Any]) -> Tenant:
    """Returns a tenant from the fields of its document, checked as far as that goes without any other
    document. Raises Invalid with all problems."""
    found = _shaped(Declared, written(fields, {}, {}, {}, {}))
    _refuse(rules.settings_breaches(found))
    return _document(Tenant, fields)


def validate_channel(fields: Mapping[str, Any]) -> Channel:
    """Returns a channel from the fields of its document. Raises Invalid with all problems."""
    tenant, channel = fields.get("tenant"), fields.get("channel")
    entry = _shaped(ChannelEntry, written_channel(fields, tenant, channel))
    _refuse(rules.kind_breaches("kind", entry))
    return _document(Channel, fields)


def _shaped(model: type[M], data: Any) -> M:
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as error:
        raise Invalid(shape.problems(data, error.errors(include_url=False), _schema(model))) from None


def _refuse(breaches: Breaches) -> None:
    if found := list(breaches):
        raise Invalid(found)


def _document(model: type[M], fields: Mapping[str, Any]) -> M:
    """Returns the document. Raises Invalid if a field that no file has is wrong: one that we write."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise Invalid([(field, "is written by the concierge itself (remove it)")]) from None


@cache
def _schema(model: type[BaseModel]) -> JsonSchemaValue:
    return schema() if model is Declared else model.model_json_schema()
