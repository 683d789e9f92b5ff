"""Detection of a short text's language among the tenant's languages."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from shared.language.detection import detect
from shared.models.tenant import Tenant

PULAAR = {"ff": {"name": "Pulaar", "words": ["mi", "Ɓe", "jaraama", "hol", "to", "on"]}}
PERSIAN = {"fa": {"name": "Persian", "words": ["است", "این", "کجا", "سلام", "ممنون"]}}


def tenant(*languages: str, added: Mapping[str, object] | None = None) -> Tenant:
    return Tenant.model_validate(
        {"tenant": "t", "name": "T", "languages": list(languages), "languages_added": added or {}}
    )


@pytest.mark.parametrize(
    ("text", "among", "expected"),
    [
        ("Bonjour", ["en", "fr"], "fr"),
        ("what time is breakfast", ["fr", "en"], "en"),
        ("c koi l'adresse svp", ["en", "fr"], "fr"),
        ("hello", ["fr", "en"], "en"),
        ("merci beaucoup", ["en", "fr"], "fr"),
        ("été", ["en", "fr"], "fr"),
        ("bom dia, quanto custa o quarto?", ["en", "fr", "pt"], "pt"),
        ("hola, a qué hora es el desayuno", ["en", "pt", "es"], "es"),
        ("nanga def, naka la liggéey bi", ["fr", "wo"], "wo"),
        ("أين الفندق من فضلك", ["fr", "ar"], "ar"),
        ("فندق", ["fr", "ar"], "ar"),
    ],
)
def test_short_texts_tell_their_language(text: str, among: list[str], expected: str) -> None:
    assert detect(tenant(*among), text, "xx") == expected


@pytest.mark.parametrize("text", ["wifi ?", "ok", "", "12h30", "😀"])
def test_if_nothing_tells_the_language_stays_as_it_was(text: str) -> None:
    assert detect(tenant("en", "fr"), text, "fr") == "fr"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quanto custa o quarto e a que horas é o café", "pt"),
        ("¿cuánto cuesta la habitación con desayuno?", "es"),
        ("أين الفندق", "ar"),
        ("nanga def, naka la liggéey bi", "wo"),
        ("what time is breakfast please", "en"),
        ("la messe de samedi", "fr"),
        ("menu ?", "fr"),
    ],
)
def test_a_language_that_the_tenant_does_not_list_is_told_too(text: str, expected: str) -> None:
    assert detect(tenant("fr"), text, "fr") == expected


def test_a_text_in_one_of_two_languages_alike_is_in_none_of_the_tenants() -> None:
    """Spanish and Portuguese share most of their small words, French two or three."""
    text = "Traduz este texto para inglês, por favor: a minha avó gosta de gatos e de flores."
    assert detect(tenant("fr", "en"), text, "fr") == "pt"
    both = "por favor, para a sala de la casa"
    assert detect(tenant("fr", "en"), both, "fr") in ("es", "pt")
    assert detect(tenant("fr", "en"), both, "pt") == "pt"


@pytest.mark.parametrize(
    ("text", "expected"), [("jaraama, hol to mi", "ff"), ("ɓe", "ff"), ("Be ?", "ff"), ("bonjour", "fr")]
)
def test_an_added_language_is_told_by_the_words_that_the_tenant_gives(text: str, expected: str) -> None:
    assert detect(tenant("fr", "ff", added=PULAAR), text, "xx") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("این کجا است", "fa"), ("این كجا است", "fa"), ("أين الفندق من فضلك", "ar"), ("هتل", "ar")],
)
def test_languages_of_one_script_are_told_apart_by_their_words(text: str, expected: str) -> None:
    assert detect(tenant("fr", "ar", "fa", added=PERSIAN), text, "fr") == expected
