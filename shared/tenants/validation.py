"""The one check of a tenant that people wrote, for files, the console's documents and programs alike."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import JsonSchemaValue

from shared.tenants import declared, rules, shape
from shared.tenants.documents import TenantDocuments, documents
from shared.tenants.problems import LIMIT, Invalid, Problem

__all__ = ["LIMIT", "Invalid", "Problem", "validate"]


def validate(data: Any) -> TenantDocuments:
    """Returns the documents of a tenant in the form that people write: maps, lists, text, numbers, booleans.

    Raises Invalid with all problems. The rules are checked only if the shape is right.
    """
    try:
        tenant = declared.Declared.model_validate(data, strict=True)
    except ValidationError as error:
        raise Invalid(shape.problems(data, error.errors(include_url=False), _schema())) from None
    if breaches := list(rules.breaches(tenant)):
        raise Invalid(breaches)
    return documents(tenant)


@cache
def _schema() -> JsonSchemaValue:
    return declared.schema()
