"""No attempt gets a row, a page or a file of others: with the rules alone, and with a model that helps it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zlib import crc32

import pytest

from shared.models.page import Page
from tests.attacks.attempts import SAGNA, Attempt, Press, Say, attempts
from tests.attacks.malicious import MaliciousModel
from tests.attacks.stage import Stage, Systems
from tests.fakes.served import served

ATTEMPTS = attempts()
WAYS = pytest.mark.parametrize("played", ["rules", "malicious"], indirect=True)


@pytest.fixture
async def played(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Yields the stage without a model, or with the malicious one."""
    for name in ("DIOCESE_BASEROW_TOKEN", "HOTEL_SYSTEM_TOKEN"):
        monkeypatch.setenv(f"SECRET_{name}", "local-secret")
    systems, helped = Systems(), request.param == "malicious"
    async with served(systems.app) as origin:
        stage = await Stage(tmp_path, origin, systems).begin(provider="model" if helped else "offline")
        if helped:
            stage.world.provider = MaliciousModel()
        yield stage


def test_there_are_enough_attempts_in_three_languages() -> None:
    assert len(ATTEMPTS) >= 150
    for language in ("fr", "en", "es"):
        assert sum(f"-{language}" in each.name for each in ATTEMPTS) >= 30


@WAYS
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda each: each.name[:60])
async def test_nothing_of_others_comes_out(played: Stage, attempt: Attempt) -> None:
    if isinstance(played.world.provider, MaliciousModel):
        played.world.provider.begin = crc32(attempt.name.encode())
    assert await played.play(attempt) == []


@WAYS
async def test_the_same_stage_shows_a_parent_what_is_theirs(played: Stage) -> None:
    """The test above can fail: here the marks are found."""
    steps = [Press("act:consult_notes:{rose}"), Press("act:certificate:{rose}")]
    found = await played.play(Attempt("own", "diocese", steps, proves=SAGNA, nothing=True))
    assert found == [f"said child-{played.systems.ids['rose']}"]
    assert await played.world.store.query(Page, limit=2, tenant="diocese")
    if isinstance(played.world.provider, MaliciousModel):
        await played.play(Attempt("model", "diocese", [Say("Et la musique à la messe de Noël ?")]))
        assert "consult_notes" in played.world.provider.called
