"""Command words in every language, recognised only as the whole message."""

from __future__ import annotations

import pytest

from shared.language.commands import Command, command


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("STOP", Command.STOP),
        ("Arrêt !", Command.STOP),
        ("/start", Command.START),
        ("Humain", Command.HUMAN),
        ("merci beaucoup", Command.THANKS),
        ("bonjour", Command.GREETING),
        ("Jërëjëf", Command.THANKS),
        ("Nanga def?", Command.GREETING),
        ("Serviços", Command.SERVICES),
        ("deixa pra lá", Command.CANCEL),
        ("¡Hola!", Command.GREETING),
        ("Menú", Command.SERVICES),
        ("إلغاء", Command.CANCEL),
        ("الغاء", Command.CANCEL),
        ("شُكْرًا", Command.THANKS),
        ("مساعده", Command.HELP),
        ("*stop*", Command.STOP),
        ("_humain_", Command.HUMAN),
        ("stop the music", None),
        ("", None),
        ("je voudrais un agent de voyage", None),
    ],
)
def test_commands_are_the_whole_message(said: str, meant: Command | None) -> None:
    assert command(said) == meant
