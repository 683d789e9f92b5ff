"""Language files: each is complete, and all of them agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from shared.language import languages
from shared.language.administration import order
from shared.language.commands import Command, command
from shared.language.folding import folded
from shared.language.human import asks_for_human
from shared.language.languages import Language, name, shipped
from shared.models.handoff import HandoffReason
from shared.models.tenant import Tenant

CODES = sorted(shipped())
ROOT = Path(__file__).resolve().parents[3]
TENANT = Tenant.model_validate(
    {
        "tenant": "t",
        "name": "T",
        "languages": ["fr", "ff"],
        "languages_added": {"ff": {"name": "Pulaar", "words": ["mi"]}},
    }
)


def placeholders(wording: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", wording))


def test_the_languages_of_the_product_are_there() -> None:
    assert {"fr", "en", "wo", "pt", "es", "ar"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_file_has_every_field_and_no_other(code: str) -> None:
    written = json.loads((languages.DATA / f"{code}.json").read_text("utf-8"))
    assert list(written) == [field.name for field in fields(Language)]
    assert len(written["days"]) == len(set(written["days"])) == 7
    assert written["name"].isascii()
    for field in ("everyday", "hanging", "numbering"):
        assert written[field], field


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_every_text_with_the_same_placeholders(code: str) -> None:
    english, own = shipped()["en"].texts, shipped()[code].texts
    assert list(own) == list(english)
    for key, wording in own.items():
        assert wording.strip() == wording != "", key
        assert placeholders(wording) == placeholders(english[key]), key
        assert wording.count("*") == english[key].count("*"), key
        assert code == "en" or key == "source" or wording != english[key], key


@pytest.mark.parametrize("code", CODES)
def test_labels_are_as_short_as_the_networks_want_them(code: str) -> None:
    own = shipped()[code]
    limits = {"choose": 20, "talk": 24, "more": 24, "staff_take": 20, "staff_close": 20, "staff_send": 20}
    assert all(len(own.texts[key]) <= limit for key, limit in limits.items())
    # https://core.telegram.org/bots/api#botcommand
    assert all(3 <= len(told) <= 256 and command(f"/{word}") == word for word, told in own.menu.items())
    assert list(own.menu) == list(shipped()["en"].menu)


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_words_for_every_command(code: str) -> None:
    commands = shipped()[code].commands
    assert list(commands) == [str(each) for each in Command]
    assert all(phrases and "" not in phrases for phrases in commands.values())


def test_no_phrase_belongs_to_two_commands() -> None:
    meanings = {
        (phrase, meant)
        for language in shipped().values()
        for meant, phrases in language.commands.items()
        for phrase in phrases
    }
    assert [phrase for phrase, times in Counter(phrase for phrase, _ in meanings).items() if times > 1] == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("key", "commands"),
    [
        ("help", [Command.SERVICES, Command.CONTACT, Command.CANCEL, Command.HUMAN, Command.STOP]),
        ("opted_out", [Command.START]),
        ("nothing_to_cancel", [Command.HUMAN]),
        ("unreadable", [Command.HUMAN]),
        ("unheard", [Command.HUMAN]),
        ("unheard_long", [Command.HUMAN]),
        ("unknown", [Command.HUMAN]),
        ("handoff_expired", [Command.HUMAN]),
    ],
)
def test_a_word_that_a_text_tells_to_write_does_what_the_text_says(
    code: str, key: str, commands: list[Command]
) -> None:
    words = re.findall(r"\*(\w+)\*", shipped()[code].texts[key])
    assert [command(word) for word in words] == commands


@pytest.mark.parametrize("code", CODES)
def test_staff_read_every_reason_and_the_same_commands(code: str) -> None:
    own = shipped()[code].texts
    reasons = {key.removeprefix("staff_reason_") for key in own if key.startswith("staff_reason_")}
    assert reasons == set(get_args(HandoffReason))
    commands = "take close note page summary suggest transfer list on off help".split()
    assert set(re.findall(r"#([a-z]+)", own["staff_help"])) == set(commands)
    for key, wording in own.items():
        others = set(re.findall(r"#([a-z]+)", wording)) - set(commands)
        assert all(order(f"#{word}") for word in others), key
        assert "\n" not in wording or not key.startswith("staff_") or key == "staff_help"


@pytest.mark.parametrize("code", CODES)
def test_talking_to_someone_is_asking_for_a_human(code: str) -> None:
    assert asks_for_human(shipped()[code].texts["talk"])


@pytest.mark.parametrize("code", CODES)
def test_what_a_language_calls_a_greeting_tells_the_language(code: str) -> None:
    own = shipped()[code]
    greetings = {word for phrase in own.commands["greeting"] for word in phrase.split()}
    assert greetings & own.everyday


@pytest.mark.parametrize("path", sorted(languages.DATA.iterdir()), ids=lambda path: path.name)
def test_nothing_but_languages_is_among_them(path: Path) -> None:
    assert re.fullmatch(r"[a-z]{2,3}\.json", path.name)


def test_words_are_folded() -> None:
    for own in shipped().values():
        for word in own.everyday | own.hanging | own.titles | own.polite | own.numbering:
            assert folded(word) == word


@pytest.mark.parametrize(
    ("code", "called"),
    [("fr", "French"), ("wo", "Wolof"), ("ff", "Pulaar"), ("xx", "the language of code 'xx'")],
)
def test_a_model_is_told_the_language_by_its_name(code: str, called: str) -> None:
    assert name(TENANT, code) == called


def test_the_webhook_reads_no_language_at_its_start() -> None:
    """Its cold start delays a person's first message; it needs only the text for too many visitors."""
    code = (
        "import shared.wiring.webhook, shared.language.languages as l; print(l.shipped.cache_info().currsize)"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "0"
