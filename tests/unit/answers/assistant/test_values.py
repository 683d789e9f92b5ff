"""Values in answers stand in what was found, in any notation; others do not."""

from __future__ import annotations

import pytest

from shared.answers.assistant.guards.values import mentions, stated

#: What was found, and an answer that says the same.
SAME = [
    ("8h", "8:00"),
    ("8h", "08 h"),
    ("8h", "8 am"),
    ("20h30", "8:30 p.m."),
    ("20:30", "8.30 pm"),
    ("ouvert à 8 heures", "opens at 8:00"),
    ("huit heures du soir", "20h"),
    ("midi", "12:00"),
    ("noon", "12h"),
    ("minuit", "midnight"),
    ("de 8 à 20h", "8:00"),
    ("8h-20h", "from 8 am to 8 pm"),
    ("8:00–20:00", "de 8h à 20h"),
    ("7 to 9 pm", "19h à 21h"),
    ("1 500 F", "1.500 FCFA"),
    ("1 500 F CFA", "1,500 CFA"),
    ("45 000 francs", "45 mille francs"),
    ("Prix en CFA : 45 000", "45 000 F CFA"),
    ("12,50 €", "€12.50"),
    ("deux millions de francs", "2 millions de francs"),
    ("10 %", "10 percent"),
    ("10 pour cent", "10%"),
    ("10 por ciento", "10 por cento"),
    ("trois chambres", "3 rooms"),
    ("12 rooms", "douze chambres"),
    ("vingt personnes", "twenty people"),
    ("le 14 mars 2026", "March 14, 2026"),
    ("14/03/2026", "14 mars"),
    ("2026-03-14", "le 14 mars 2026"),
    ("du 14 au 16 mars", "March 14 to 16"),
    ("1er mai", "1 May"),
    ("14 de marzo", "14 de março"),
    ("du lundi au vendredi", "on Wednesdays"),
    ("Mon-Fri", "le jeudi"),
    ("tous les jours", "on Sunday"),
    ("24/7", "24h/24"),
    ("day and night", "24/7"),
    ("le week-end", "samedi et dimanche"),
    ("+221 33 000 00 50", "33 000 00 50"),
    ("+221330000050", "+221 33-000-00-50"),
    ("hello@kerndox.example.org", "Hello@kerndox.example.org"),
    ("KN-20831", "kn-20831"),
    ("25 m²", "25 m2"),
    ("48h", "48 hours"),
    ("٨ صباحا 1500", "1500"),
]
#: What was found, and an answer that says something else.
OTHER = [
    ("8h", "9h"),
    ("8h", "8 pm"),
    ("8 chambres", "8h"),
    ("20h", "20:30"),
    ("1 500 F", "15 000 F"),
    ("250,000 CFA", "250 CFA"),
    ("45 $", "45 €"),
    ("10 F", "10 %"),
    ("10 %", "15 %"),
    ("14 mars", "15 mars"),
    ("14 mars", "14 avril"),
    ("14 mars 2026", "14 mars 2027"),
    ("du 14 au 16 mars", "17 mars"),
    ("lundi", "mardi"),
    ("du lundi au vendredi", "samedi"),
    ("ouvert le jour", "24/7"),
    ("+221 33 000 00 50", "+221 33 000 00 51"),
    ("hello@kerndox.example.org", "hello@evil.example"),
    ("KN-20831", "KN-20832"),
    ("trois chambres", "quatre chambres"),
    ("12 rooms", "20 rooms"),
    ("38 rooms, opens at 8:00", "38 €, opens at 8:00 pm"),
    ("nothing", "code FREE-2026"),
]


def agrees(found: str, said: str) -> bool:
    """Whether every value of the answer is stated in what was found."""
    values = mentions(said)
    assert values, said
    return all(each.stands_in(stated([found])) for each in values)


@pytest.mark.parametrize(("found", "said"), SAME)
def test_one_value_has_many_notations(found: str, said: str) -> None:
    assert agrees(found, said)


@pytest.mark.parametrize(("found", "said"), OTHER)
def test_another_value_is_told_apart(found: str, said: str) -> None:
    assert not agrees(found, said)


@pytest.mark.parametrize(
    "text",
    [
        "Mon enfant aime la mer.",
        "May I help you? You may march on.",
        "Une piscine et un bar, two days ago? No: ago.",
        "Il a neigé, la mer est bonne, le dos au soleil.",
    ],
)
def test_everyday_words_are_no_values(text: str) -> None:
    words = {each.words for each in mentions(text, ["fr"])}
    assert words == set()


def test_a_hundred_thousand_digits_end_soon() -> None:
    assert mentions("1 " * 50_000, ["fr"])
