"""Fixtures for tests of services: a parish whose families prove themselves by a code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.answers.services.families import MAIL, RIGHT, Families, family, parish
from tests.world import World


@pytest.fixture
def families() -> Families:
    return Families({RIGHT: family("Diop", 1, MAIL), "SAGNA-7365": family("Sagna", 2, "sagna@example.org")})


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, families: Families) -> World:
    return await parish(tmp_path, monkeypatch, families)
