"""`make run MODELS=…`: the language models of the demo tenants, the first choice first.

`scripted` is the simulation's model in Anthropic's format (`scripted:gemini` and `scripted:openai` in the
others). The vendors' own need a key in the environment or .env, and all but two of them a model's name:
`MODELS=claude,openrouter:z-ai/glm-5.3-flash`. Without MODELS, no model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scripts.local.vendors.models.server import PATHS
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of
from shared.models.answers import Answers, ModelEntry
from shared.tenants import model_rules
from shared.tenants.documents import TenantDocuments

#: The simulation's path of the model server.
PATH = "/_sim/models"
_SCRIPTED, _FIRST = "scripted", "anthropic"
#: The file of `shared/llm` for a format of the server.
_FILES = {"gemini": "gemini", "anthropic": "anthropic", "openai": "openai_compatible"}


class _Vendor(NamedTuple):
    """A vendor's format, the secret with its key, "" for none, and its address, "" for the format's."""

    format: str
    key: str
    url: str = ""


_VENDORS = {
    "claude": _Vendor("anthropic", "anthropic-api-key"),
    "gemini": _Vendor("gemini", "gemini-api-key"),
    "glm": _Vendor("anthropic", "zai-api-key", "https://api.z.ai/api/anthropic"),
    "openai": _Vendor("openai_compatible", "openai-api-key"),
    "openrouter": _Vendor("openai_compatible", "openrouter-api-key", "https://openrouter.ai/api/v1"),
    "deepseek": _Vendor("openai_compatible", "deepseek-api-key", "https://api.deepseek.com"),
    "ollama": _Vendor("openai_compatible", "", "http://localhost:11434/v1"),
}


def choose(files: Sequence[TenantDocuments], origin: str, chosen: str) -> None:
    """Gives the chosen models to all tenants. Raises ConfigurationError if there is no such model."""
    if not chosen:
        return
    answers = named(origin, chosen)
    for file in files:
        file.tenant.answers = file.tenant.answers.model_copy(
            update={"provider": answers.provider, "models": answers.models, "tasks": answers.tasks}
        )


def named(origin: str, chosen: str, variable: str = "MODELS") -> Answers:
    """Returns the chosen models, as a tenant has them.

    Raises ConfigurationError, which names the variable, if there is no such model.
    """
    try:
        answers = _answers(origin, [name.strip() for name in chosen.split(",")])
    except ValueError as error:
        raise ConfigurationError(f"environment: {variable}: {error}") from None
    for field, message in model_rules.breaches(answers):
        raise ConfigurationError(f"environment: {variable}: {field}: {message}")
    return answers


def _answers(origin: str, names: Sequence[str]) -> Answers:
    """Returns the models by name; the scripted one also hears voice notes, and speaks. Raises ValueError."""
    models = {name.partition(":")[0]: _entry(origin, *name.partition(":")[::2]) for name in names}
    order = list(models)
    tasks = {"answer": order}
    if _SCRIPTED in models:
        models["ears"] = _scripted(origin, "openai")
        tasks |= {"transcribe": ["ears"], "speak": ["ears"]}
    return Answers(models=models, tasks=tasks)


def _entry(origin: str, name: str, model: str) -> ModelEntry:
    if name == _SCRIPTED:
        if model and model not in PATHS:
            raise ValueError(f"{name}:{model} ({one_of(PATHS)})")
        return _scripted(origin, model or _FIRST)
    if name not in _VENDORS:
        known = one_of({_SCRIPTED, *_VENDORS})
        raise ValueError(f"{name!r} is not a model ({known})")
    vendor = _VENDORS[name]
    keys = [vendor.key] if vendor.key else []
    return ModelEntry(format=vendor.format, model=model, keys=keys, url=vendor.url)


def _scripted(origin: str, form: str) -> ModelEntry:
    # The library for Gemini wants a key; health-token is a secret that every run has.
    return ModelEntry(
        format=_FILES[form], model=_SCRIPTED, keys=["health-token"], url=origin + PATH + PATHS[form]
    )
