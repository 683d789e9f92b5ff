"""Imports a channel or a provider by name, when it is first asked for. A file's name is its registration."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import cast

from shared import channels, llm
from shared.errors import ConfigurationError


def channel(kind: str, connection: channels.Connection) -> channels.Channel:
    """Raises ConfigurationError where `shared/channels/` has no such file."""
    return cast(channels.Channel, _module("channels", kind).create(connection))


def provider(kind: str, connection: llm.Connection) -> llm.Provider:
    """Raises ConfigurationError where `shared/llm/` has no such file."""
    return cast(llm.Provider, _module("llm", kind).create(connection))


def _module(family: str, kind: str) -> ModuleType:
    name = f"shared.{family}.{kind}"
    if not kind.isidentifier() or importlib.util.find_spec(name) is None:
        raise ConfigurationError(f"{kind!r} is not one of the files of shared/{family}")
    return importlib.import_module(name)
