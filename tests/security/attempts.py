"""Attempts as data: a table's rows become tests of their own, under the names that the table gives them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest


def attempts(table: Mapping[str, object]) -> pytest.MarkDecorator:
    """Parametrises a test by `attempt`, one for each row."""
    return pytest.mark.parametrize("attempt", list(table.values()), ids=list(table))
