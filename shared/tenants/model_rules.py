"""Rules for a tenant's language models: files, addresses and names that exist."""

from __future__ import annotations

from shared.formats.json_schema import one_of
from shared.models.answers import OFFLINE, Answers
from shared.platform.http import is_address
from shared.tenants import plugins
from shared.tenants.problems import Breaches


def breaches(answers: Answers) -> Breaches:
    """Yields all breaches, in the order of the fields."""
    formats = plugins.names("llm")
    if answers.provider not in {*formats, OFFLINE}:
        providers = one_of({*formats, OFFLINE})
        yield "answers.provider", f"{answers.provider!r} is not a provider ({providers})"
    for name, entry in answers.entries.items():
        place = f"answers.models.{name}" if name in answers.models else "answers"
        if name in answers.models and entry.format not in formats:
            yield f"{place}.format", f"{entry.format!r} is not a format ({one_of(formats)})"
        elif entry.format in formats and not entry.model and not plugins.has_default_model(entry.format):
            yield f"{place}.model", "is missing (expected the vendor's name for the model)"
        if entry.url and not is_address(entry.url):
            yield f"{place}.url", f"{entry.url!r} is not an address (expected https://…)"
    for task, names in answers.tasks.items():
        for number, name in enumerate(names):
            if name not in answers.entries:
                known = one_of(answers.entries) if answers.entries else "there is no model"
                yield f"answers.tasks.{task}[{number}]", f"{name!r} is not a model of the tenant ({known})"
