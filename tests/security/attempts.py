"""Attempts as data: each row of a table becomes a test of its own, named by its key."""

from __future__ import annotations

from collections.abc import Mapping

import pytest


def attempts(table: Mapping[str, object]) -> pytest.MarkDecorator:
    """Parametrises a test by `attempt`, one for each row."""
    return pytest.mark.parametrize("attempt", list(table.values()), ids=list(table))
