"""Imports a channel, its gateway or a provider by name, when first asked for. A file's name registers it."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import TYPE_CHECKING, cast

from shared import channels, llm
from shared.errors import ConfigurationError

if TYPE_CHECKING:
    from shared import gateways


def channel(kind: str, connection: channels.Connection) -> channels.Channel:
    """Raises ConfigurationError where `shared/channels/` has no such file."""
    return cast(channels.Channel, _module("channels", kind).create(connection))


def provider(kind: str, connection: llm.Connection) -> llm.Provider:
    """Raises ConfigurationError where `shared/llm/` has no such file."""
    return cast(llm.Provider, _module("llm", kind).create(connection))


def gateway(kind: str, connection: channels.Connection, address: str) -> gateways.Gateway | None:
    """None where `shared/gateways/` has no such file: a webchat has no gateway."""
    if importlib.util.find_spec(f"shared.gateways.{kind}") is None:
        return None
    return cast("gateways.Gateway", _module("gateways", kind).create(connection, address))


def _module(family: str, kind: str) -> ModuleType:
    name = f"shared.{family}.{kind}"
    if not kind.isidentifier() or importlib.util.find_spec(name) is None:
        raise ConfigurationError(f"{kind!r} is not one of the files of shared/{family}")
    return importlib.import_module(name)
