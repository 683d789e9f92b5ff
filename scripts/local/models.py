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
    """A vendor's format, the variable with its key, "" for none, and its address, "" for the format's."""

    format: str
    key: str
    url: str = ""


_VENDORS = {
    "claude": _Vendor("anthropic", "ANTHROPIC_API_KEY"),
    "gemini": _Vendor("gemini", "GEMINI_API_KEY"),
    "glm": _Vendor("anthropic", "ZAI_API_KEY", "https://api.z.ai/api/anthropic"),
    "openai": _Vendor("openai_compatible", "OPENAI_API_KEY"),
    "openrouter": _Vendor("openai_compatible", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),
    "deepseek": _Vendor("openai_compatible", "DEEPSEEK_API_KEY", "https://api.deepseek.com"),
    "ollama": _Vendor("openai_compatible", "", "http://localhost:11434/v1"),
}


def choose(files: Sequence[TenantDocuments], origin: str, chosen: str) -> None:
    """Gives the chosen models to all tenants. Raises ConfigurationError if there is no such model."""
    if not chosen:
        return
    answers = _answers(origin, [name.strip() for name in chosen.split(",")])
    for field, message in model_rules.breaches(answers):
        raise ConfigurationError(f"environment: MODELS: {field}: {message}")
    for file in files:
        file.tenant.answers = file.tenant.answers.model_copy(
            update={"provider": answers.provider, "models": answers.models, "tasks": answers.tasks}
        )


def _answers(origin: str, names: Sequence[str]) -> Answers:
    """Returns the models by name; the scripted one also hears voice notes."""
    models = {name.partition(":")[0]: _entry(origin, *name.partition(":")[::2]) for name in names}
    order = list(models)
    tasks = {"answer": order}
    if _SCRIPTED in models:
        models["ears"] = _scripted(origin, "openai")
        tasks["transcribe"] = ["ears"]
    return Answers(models=models, tasks=tasks)


def _entry(origin: str, name: str, model: str) -> ModelEntry:
    if name == _SCRIPTED:
        if model and model not in PATHS:
            raise ConfigurationError(f"environment: MODELS: {name}:{model} ({one_of(PATHS)})")
        return _scripted(origin, model or _FIRST)
    if name not in _VENDORS:
        known = one_of({_SCRIPTED, *_VENDORS})
        raise ConfigurationError(f"environment: MODELS: {name!r} is not a model ({known})")
    vendor = _VENDORS[name]
    keys = [vendor.key] if vendor.key else []
    return ModelEntry(format=vendor.format, model=model, keys=keys, url=vendor.url)


def _scripted(origin: str, form: str) -> ModelEntry:
    # The library for Gemini wants a key; health-token is a secret that every run has.
    return ModelEntry(
        format=_FILES[form], model=_SCRIPTED, keys=["health-token"], url=origin + PATH + PATHS[form]
    )
