"""Plugin files (channels, gateways, models), imported at their first use. A file's name registers it."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from types import ModuleType
from typing import cast

from shared import channels, llm, notifiers, records, sources
from shared.errors import ConfigurationError


def channel(kind: str, connection: channels.Connection) -> channels.Channel:
    """Creates a channel. Raises ConfigurationError if `shared/channels/` has no file of this name."""
    return cast(channels.Channel, _module("channels", kind).create(connection))


def model(kind: str, connection: llm.Connection) -> llm.Model:
    """Creates a model. Raises ConfigurationError if `shared/llm/` has no file of this name."""
    return cast(llm.Model, _module("llm", kind).create(connection))


def has_default_model(kind: str) -> bool:
    """Whether this file of `shared/llm/` has a model for tenants that name none."""
    return hasattr(_module("llm", kind), "DEFAULT_MODEL")


def speaks(kind: str) -> bool:
    """Whether models of this file of `shared/llm/` can read texts aloud (llm.Speaking)."""
    return hasattr(_module("llm", kind), "DEFAULT_VOICE")


def gateway(kind: str, connection: channels.Connection, address: str) -> channels.Gateway | None:
    """Creates the gateway of a channel of this kind; returns None if the kind has no gateway (a webchat).

    `address` is the address of our webhook for that channel. The file is `shared/channels/<kind>/gateway.py`.
    Raises ConfigurationError if there is no such kind.
    """
    package = _module("channels", kind)
    name = f"{package.__name__}.gateway"
    if not hasattr(package, "__path__") or importlib.util.find_spec(name) is None:
        return None
    return cast(channels.Gateway, importlib.import_module(name).create(connection, address))


def notifier(kind: str, connection: notifiers.Connection) -> notifiers.Notifier:
    """Creates a notifier. Raises ConfigurationError if `shared/notifiers/` has no file of this name."""
    return cast(notifiers.Notifier, _module("notifiers", kind).create(connection))


def answers(kind: str, connection: notifiers.Connection) -> notifiers.Answers | None:
    """Creates the reader of staff's answers by a notifier of this kind; None if it brings none back.

    Raises ConfigurationError if there is no such kind.
    """
    module = _module("notifiers", kind)
    return cast(notifiers.Answers, module.answers(connection)) if hasattr(module, "answers") else None


def source(kind: str, connection: sources.Connection) -> sources.Fetcher:
    """Creates a source's fetcher. Raises ConfigurationError if `shared/sources/` has no file of this name."""
    return cast(sources.Fetcher, _module("sources", kind).create(connection))


def source_terms(kind: str) -> sources.Terms:
    """Returns the settings and secrets of a kind of sources. Raises ConfigurationError if there is none."""
    return cast(sources.Terms, _module("sources", kind).TERMS)


def record_source(kind: str, connection: records.Connection) -> records.Records:
    """Creates a source of records. Raises ConfigurationError if `shared/records/` has no such file."""
    return cast(records.Records, _module("records", kind).create(connection))


def record_terms(kind: str) -> records.Terms:
    """Returns what a kind of records needs and can do. Raises ConfigurationError if there is none."""
    return cast(records.Terms, _module("records", kind).TERMS)


def names(family: str) -> set[str]:
    """Returns the names of a family's plugin files: `channels`, `llm`, `notifiers`, `records` or
    `sources`."""
    package = importlib.import_module(f"shared.{family}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return {name for name in found if not name.startswith("_")}


def _module(family: str, kind: str) -> ModuleType:
    name = f"shared.{family}.{kind}"
    if not kind.isidentifier() or kind.startswith("_") or importlib.util.find_spec(name) is None:
        raise ConfigurationError(f"{kind!r} is not one of the files of shared/{family}")
    return importlib.import_module(name)
