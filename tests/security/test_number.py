"""The number of attempts kept."""

from __future__ import annotations

import importlib
import math
import pkgutil
from types import ModuleType

import tests.security

AT_LEAST = 400


def test_there_are_enough_attempts() -> None:
    names = [module.name for module in pkgutil.iter_modules(tests.security.__path__)]
    modules = [importlib.import_module(f"tests.security.{name}") for name in names]
    assert sum(map(_attempts, modules)) >= AT_LEAST


def _attempts(module: ModuleType) -> int:
    """Counts the rows of the tables that parametrise the module's tests, once for each gateway."""
    found = 0
    for name, test in vars(module).items():
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        if name.startswith("test_") and any(mark.args[0] == "attempt" for mark in marks):
            found += math.prod(len(list(mark.args[1])) for mark in marks)
    return found
