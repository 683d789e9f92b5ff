"""The one check of a tenant that people wrote, for files, the console's documents and programs alike."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic.json_schema import JsonSchemaValue

from shared.errors import ConfigurationError
from shared.tenants import declared, rules, shape
from shared.tenants.documents import TenantDocuments, documents

#: Maximum number of problems that are told at once.
LIMIT = 100


class Problem(NamedTuple):
    """A wrong field (`channels.main.kind`, "" for the whole), and a message with the expected value, which
    never shows a value of `secrets`."""

    field: str
    message: str


class Invalid(ConfigurationError):
    """A tenant with problems, the outermost field first, at most `LIMIT`; as text, one line for each."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = [Problem(*problem) for problem in islice(problems, LIMIT)]
        super().__init__("\n".join(f"{field}: {message}" for field, message in self.problems))


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
