"""Rules for a tenant's language models that the JSON Schema cannot express."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from shared.formats.nearest import unknown
from shared.models.answers import OFFLINE, Answers, ModelEntry
from shared.tenants import plugins
from shared.tenants.problems import Breaches

#: The form of a secret's name; a key that was written in its place is never shown.
_SECRET = re.compile(r"[a-z][a-z0-9-]{0,99}")
#: Formats that reach their vendor without a key: Gemini on Vertex AI, by the function's own account.
_KEYLESS = {"gemini"}
#: Hosts that may be reached without TLS: models on the same machine.
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_NAMELESS = "is missing (expected the vendor's name for the model)"


def breaches(answers: Answers, secrets: Collection[str] = ()) -> Breaches:
    """Yields all breaches; `secrets` are the roles of the tenant's secrets."""
    formats = plugins.names("llm")
    if answers.provider not in formats | {OFFLINE}:
        yield "answers.provider", unknown("provider", answers.provider, formats | {OFFLINE})
    elif _lacks_model(answers.provider, answers.model):
        yield "answers.model", _NAMELESS
    for name, entry in answers.models.items():
        yield from _format_breaches(f"answers.models.{name}", entry, formats)
    yield from settings_breaches(answers, secrets)
    for number, name in enumerate(answers.tasks.get("speak", [])):
        if name in answers.entries and _is_mute(answers.entries[name], formats):
            yield f"answers.tasks.speak[{number}]", f"{name!r} does not speak ({_speaking(formats)})"


def settings_breaches(answers: Answers, secrets: Collection[str]) -> Breaches:
    """Yields the breaches that show without the files of shared/llm, in the order of the fields."""
    for name, entry in answers.models.items():
        yield from _key_breaches(f"answers.models.{name}", entry)
        yield from _url_breaches(f"answers.models.{name}.url", entry.url)
    yield from _task_breaches(answers)
    yield from _voice_breaches(answers, secrets)
    if answers.first_seconds > answers.seconds:
        told = f"{answers.first_seconds:g} is longer than answers.seconds"
        yield "answers.first_seconds", f"{told} (expected at most {answers.seconds:g})"
    per_day, per_person = answers.budget.per_day, answers.budget.per_person
    if per_day is not None and per_person is not None and per_person > per_day:
        told = f"{per_person:g} is more than answers.budget.per_day"
        yield "answers.budget.per_person", f"{told} (expected at most {per_day:g})"


def _task_breaches(answers: Answers) -> Breaches:
    for task, names in answers.tasks.items():
        for number, name in enumerate(names):
            place = f"answers.tasks.{task}[{number}]"
            if name not in answers.entries:
                yield place, unknown("model", name, answers.entries)
            elif name in names[:number]:
                yield place, f"{name!r} stands here twice (expected each once)"


def _voice_breaches(answers: Answers, secrets: Collection[str]) -> Breaches:
    if answers.voice and not answers.tasks.get("speak"):
        yield "answers.voice", "no model speaks (expected its name in answers.tasks.speak)"
    if answers.voice and "link_key" not in secrets:
        yield "answers.voice", "gateways fetch voice notes by signed links (expected secrets.link_key)"


def _format_breaches(place: str, entry: ModelEntry, formats: set[str]) -> Breaches:
    if entry.format not in formats:
        yield f"{place}.format", unknown("format", entry.format, formats)
    elif _lacks_model(entry.format, entry.model):
        yield f"{place}.model", _NAMELESS
    if entry.voice and _is_mute(entry, formats):
        yield f"{place}.voice", f"models of {entry.format} do not speak ({_speaking(formats)})"


def _is_mute(entry: ModelEntry, formats: set[str]) -> bool:
    return entry.format in formats and not plugins.speaks(entry.format)


def _speaking(formats: set[str]) -> str:
    return f"expected the format {' or '.join(sorted(filter(plugins.speaks, formats)))}"


def _lacks_model(format: str, model: str) -> bool:
    return format != OFFLINE and not model and not plugins.has_default_model(format)


def _key_breaches(place: str, entry: ModelEntry) -> Breaches:
    if not entry.keys and not entry.url and entry.format not in _KEYLESS:
        yield f"{place}.keys", "is missing (expected the name of a secret, or the url of a model of your own)"
    for number, key in enumerate(entry.keys):
        if not _SECRET.fullmatch(key):
            expected = "expected a secret's name: lower-case letters, digits and hyphens"
            yield f"{place}.keys[{number}]", f"the value is not the name of a secret ({expected})"
        elif key in entry.keys[:number]:
            yield f"{place}.keys[{number}]", f"{key!r} stands here twice (expected each once)"


def _url_breaches(place: str, url: str) -> Breaches:
    if not url:
        return
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    if not (secure and host) or parts.username or parts.query or parts.fragment:
        yield place, f"{url[:100]!r} is not an address of an API (expected https://…, without a key in it)"
