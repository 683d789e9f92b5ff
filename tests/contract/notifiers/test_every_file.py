"""Every notifier file is tried: accepted, refused, busy, silent, gone."""

from __future__ import annotations

import importlib

import pytest

from shared.tenants import plugins
from tests.contract.notifiers.rooms import KINDS
from tests.contract.notifiers.suite import NotifierContract

#: Kinds that `test_chat_webhooks` tries together, and the one whose many calls `test_chatwoot` tries one by
#: one.
TRIED = {*KINDS, "chatwoot"}


@pytest.mark.parametrize("kind", sorted(plugins.names("notifiers")))
def test_a_notifier_file_has_its_case(kind: str) -> None:
    """A subclass in `test_<kind>.py` runs the suite, or the room's webhook is among those that are tried
    together."""
    tests = importlib.import_module(f"tests.contract.notifiers.test_{kind}")
    found = [each for each in vars(tests).values() if isinstance(each, type)]
    suites = [each for each in found if issubclass(each, NotifierContract) and each is not NotifierContract]
    assert suites or kind in TRIED
