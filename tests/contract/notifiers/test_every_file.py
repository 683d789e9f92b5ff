"""Every notifier file runs the contract suite."""

from __future__ import annotations

import importlib

import pytest

from shared.tenants import plugins
from tests.contract.notifiers.suite import NotifierContract


@pytest.mark.parametrize("kind", sorted(plugins.names("notifiers")))
def test_a_notifier_file_has_its_case(kind: str) -> None:
    """A subclass in `test_<kind>.py` runs it."""
    tests = importlib.import_module(f"tests.contract.notifiers.test_{kind}")
    found = [each for each in vars(tests).values() if isinstance(each, type)]
    assert any(issubclass(each, NotifierContract) and each is not NotifierContract for each in found)
