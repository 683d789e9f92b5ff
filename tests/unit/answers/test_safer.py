"""Two readings of one turn: the safer one decides about an emergency, an opt-out and a human."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.answers import Understood, safer
from shared.language.commands import Command
from shared.understanding.reader import Danger
from shared.understanding.signs import Sign

CALM = Understood("what time is it", "en")
WORSE = [
    replace(CALM, danger=Danger.DOUBT),
    replace(CALM, danger=Danger.ALARM, care=Sign.DESPAIR),
    replace(CALM, command=Command.STOP),
    replace(CALM, wants_human=True, whom="mme Félicité"),
]


@pytest.mark.parametrize("worse", WORSE)
def test_the_safer_reading_wins_whichever_comes_first(worse: Understood) -> None:
    assert safer(CALM, worse) == safer(worse, CALM) == worse


def test_an_alarm_wins_over_a_doubt() -> None:
    doubt, alarm = replace(CALM, danger=Danger.DOUBT), replace(CALM, danger=Danger.ALARM)
    assert safer(doubt, alarm).danger == safer(alarm, doubt).danger == Danger.ALARM


def test_an_opt_out_wins_over_another_command() -> None:
    asks, stop = replace(CALM, command=Command.HELP), replace(CALM, command=Command.STOP)
    assert safer(asks, stop).command == safer(stop, asks).command == Command.STOP


def test_the_rest_is_the_first_reading() -> None:
    first, other = replace(CALM, talk=Sign.THANKS, before="the pool"), Understood("autre", "fr", before="x")
    assert safer(first, other) == first
    assert safer(replace(CALM, command=Command.HELP), CALM).command == Command.HELP
    assert safer(CALM, replace(CALM, command=Command.HELP)).command is None
