"""The words of a reply, without the quoted mail and the signature."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notifiers.email.quotes import reply
from shared.notifiers.email.words import delimiter, shipped
from tests.unit.notifiers.email.posted import sample

LINE = delimiter("en")


def test_eleven_mail_programs() -> None:
    told = json.loads(sample("email_reply_bodies_by_client.json"))
    found = {client: reply(body) for client, body in told["bodies"].items()}
    assert found == dict.fromkeys(told["bodies"], told["wanted_reply_text"])
    assert len(found) == 11


@pytest.mark.parametrize("language", sorted(shipped()))
@pytest.mark.parametrize("quote", ["", "> ", "> > "])
def test_our_line_ends_a_reply_in_every_language(language: str, quote: str) -> None:
    assert reply(f"Hello\n\n{quote}{delimiter(language)}\n{quote}Awa Diop: hi") == "Hello"


@pytest.mark.parametrize(
    "announced",
    [
        "On Tue, Nov 3, 2026 at 10:00 AM Hotel <reply+ab@in.example> wrote:",
        "Le mar. 3 nov. 2026 à 10:00, Hôtel <reply+ab@in.example> a écrit\u00a0:",
        "Em ter., 3 de nov. de 2026 às 10:00, Hotel da Praia\n<reply+ab@in.example> escreveu:",
        "El mar, 3 nov 2026 a las 10:00, Hotel (<reply+ab@in.example>) escribió:",
        "في الثلاثاء، 3 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Hotel <\nreply+ab@in.example>:",
        "____________________\nDe : Hôtel <reply+ab@in.example>\nEnvoyé : mardi\nÀ : Dana\nObjet : x",
        "De: Hotel <reply+ab@in.example>\nEnviado: terça-feira\nPara: Dana\nAssunto: x",
        "من: Hotel <reply+ab@in.example>\nتم الإرسال: الثلاثاء\nإلى: Dana\nالموضوع: x",
        "-----Mensagem original-----\nDe: Hotel <reply+ab@in.example>\nPara: Dana",
    ],
)
@pytest.mark.parametrize("quote", ["", "> "])
def test_the_announcement_of_the_quoted_mail_is_cut(announced: str, quote: str) -> None:
    assert reply(f"Hello\nat 10:00\n\n{announced}\n\n{quote}{LINE}\n{quote}Awa: hi") == "Hello\nat 10:00"


def test_an_answer_below_the_quotation() -> None:
    text = f"On Tue, Nov 3, 2026 at 10:00, Hotel <a@b.example> wrote:\n> {LINE}\n> Awa: hi\n\nYes, room 12."
    assert reply(text) == "Yes, room 12."


def test_a_notice_quoted_without_marks_is_never_taken_for_an_answer() -> None:
    assert reply(f"{LINE}\n\nAwa Diop needs a person\nSummary: secret") == ""


@pytest.mark.parametrize(
    "text",
    [
        "The train:\nFrom: Dakar\nTo: Thiès\nat 10:00",
        "Rooms:\n- one\n- two",
        "Yes.\n\nThank you,\nyour room is ready at five",
        "Price: 20\nTime: 10:00",
        "Warning: the mail room is closed today.",
        "Write to desk@hotel.example and say:\nI come",
        "3 < 4 and 5 > 4",
        "\ue000" + "x" * 300,
    ],
)
def test_no_words_are_lost_to_a_guess(text: str) -> None:
    assert reply(text) == text.replace("\ue000", "")


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nDana Staff\nThe best hotel in the whole town of Dakar.",
        "Best regards,\nDana Staff\nFront desk",
        "Cordialement\nDana",
        "Saludos,\nDana",
        "Sent from my iPhone",
        "Get Outlook for iOS",
    ],
)
def test_a_signature_is_cut(signature: str) -> None:
    assert reply(f"Yes, until noon.\n\n{signature}") == "Yes, until noon."


@pytest.mark.parametrize(
    "hostile",
    [
        "On " + "a " * 30_000,
        "On aaa bbb\n" * 5_000,
        ("On " + "a " * 98 + "\n") * 300,
        "\n" * 60_000 + "x",
        "> " * 30_000,
        "From: a\n" * 8_000,
        "Thanks, " * 8_000,
        " " * 60_000,
        ("x" + " " * 150 + "y\n") * 400,
        ("El " + "a escribio " * 15 + "\n") * 400,
        "CAUTION: mail\n" * 5_000,
        "<" * 60_000 + ":",
    ],
)
def test_no_text_takes_long(hostile: str) -> None:
    begun = time.monotonic()
    reply(hostile)
    assert time.monotonic() - begun < 2


@given(st.text(alphabet="On wrote:<>@.12\n- aFrom#", max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    assert LINE not in reply(f"{text}\n{LINE}\nnotice")
