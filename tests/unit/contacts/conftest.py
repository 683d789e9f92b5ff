"""Fixture for the tests of contacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contacts.people import People, people


@pytest.fixture
async def hotel(tmp_path: Path) -> People:
    return await people(tmp_path)
