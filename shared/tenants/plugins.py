"""Imports a channel, its gateway or a provider by name, when first asked for. A file's name registers it."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from types import ModuleType
from typing import cast

from shared import channels, llm
from shared.errors import ConfigurationError


def channel(kind: str, connection: channels.Connection) -> channels.Channel:
    """Raises ConfigurationError where `shared/channels/` has no such file."""
    return cast(channels.Channel, _module("channels", kind).create(connection))


def model(kind: str, connection: llm.Connection) -> llm.Model:
    """Raises ConfigurationError where `shared/llm/` has no such file."""
    return cast(llm.Model, _module("llm", kind).create(connection))


def gateway(kind: str, connection: channels.Connection, address: str) -> channels.Gateway | None:
    """Returns the gateway that serves a channel of this kind, or None if it has none (a webchat).

    `address` is our webhook's for that channel. The file is `shared/channels/<kind>/gateway.py`. Raises
    ConfigurationError if there is no such kind.
    """
    package = _module("channels", kind)
    name = f"{package.__name__}.gateway"
    if not hasattr(package, "__path__") or importlib.util.find_spec(name) is None:
        return None
    return cast(channels.Gateway, importlib.import_module(name).create(connection, address))


def names(family: str) -> set[str]:
    """Returns the names of a family's plugin files: `channels` or `llm`."""
    package = importlib.import_module(f"shared.{family}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return {name for name in found if not name.startswith("_")}


def _module(family: str, kind: str) -> ModuleType:
    name = f"shared.{family}.{kind}"
    if not kind.isidentifier() or kind.startswith("_") or importlib.util.find_spec(name) is None:
        raise ConfigurationError(f"{kind!r} is not one of the files of shared/{family}")
    return importlib.import_module(name)
