"""The world of an organisation's administrators."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.answers.administration.office import office
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await office(tmp_path)
