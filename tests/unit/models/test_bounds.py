"""Size limits: every value is cut to fit into a document below Firestore's 1 MiB."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from shared.models import size
from shared.models.bounds import MESSAGE_BYTES, bounded, clipped
from shared.models.document import Document
from shared.models.parts import ContactCard, Media, Part, Text
from tests.unit.models.sizes import CARDS, EMOJI, LONGEST, MESSAGES

CARD = ContactCard(name="Awa", vcard="BEGIN:VCARD\r\nFN:Awa\r\nTEL:+221770000009\r\nEND:VCARD\r\n")


class Example(Document):
    path = "users/{user}/tasks/{task}"
    user: str = "jeff"
    task: str = "my_task_id"
    type: str = "Personal"
    done: bool = False
    priority: int = 1
    description: str = "Learn Cloud Firestore"


def test_the_size_of_firestores_own_example() -> None:
    """The path's fields are not stored in the document:
    https://firebase.google.com/docs/firestore/storage-size"""
    path = len("user") + 1 + len("jeff") + 1 + len("task") + 1 + len("my_task_id") + 1
    assert size.document(Example()) - path == 147


def test_sizes_of_values() -> None:
    values = {"é": None, "b": [1.5, True, "😀"], "c": datetime(2026, 11, 20, tzinfo=UTC)}
    assert size.value(values) == 3 + 1 + 2 + 8 + 1 + 5 + 2 + 8


def test_what_is_small_stays_as_it_is() -> None:
    parts: list[Part] = [Text(text="😀" * LONGEST), CARD]
    assert bounded(parts) is parts


@pytest.mark.parametrize("parts", [CARDS, EMOJI])
def test_a_message_that_is_too_large_is_cut_and_says_so(parts: list[Part]) -> None:
    words = Text(text="Voici leurs cartes : " + "😀" * 10_000)
    kept = bounded([words, *parts[1:]])
    assert kept[0] == words
    assert all(isinstance(card, ContactCard) and card.cut for card in kept[1:])
    assert [getattr(card, "name", "") for card in kept[1:]] == [f"Awa {number}" for number in range(1, 20)]
    assert MESSAGE_BYTES - 60_000 < sum(size.value(part.model_dump()) for part in kept) <= MESSAGE_BYTES


def test_a_pictures_bytes_go_before_the_numbers_of_a_contact_card() -> None:
    photo = "PHOTO;ENCODING=BASE64;TYPE=JPEG:" + "A" * 9_000 + "\r\n " + "B" * 9_000 + "\r\n"
    vcard = f"BEGIN:VCARD\r\nFN:Awa\r\n{photo}item1.TEL:+221770000009\r\nEND:VCARD\r\n"
    kept = bounded([ContactCard(name="Awa", vcard=vcard)] * 20)
    assert {getattr(card, "vcard", "") for card in kept} == {vcard.replace(photo, "")}


def test_a_contact_card_is_cut_between_lines() -> None:
    lines = "".join(f"NOTE:{number:04}\r\n" for number in range(1_500))
    (card, *_) = bounded([ContactCard(name="Awa", vcard=f"BEGIN:VCARD\r\n{lines}END:VCARD\r\n")] * 20)
    assert isinstance(card, ContactCard)
    kept = card.vcard.splitlines()
    assert (kept[0], kept[-1]) == ("BEGIN:VCARD", "END:VCARD")
    assert all(len(line) == len("NOTE:0000") for line in kept[1:-1])


def test_a_line_that_is_too_long_costs_a_contact_card_none_of_the_others() -> None:
    note = f"NOTE:{'x' * 19_000}\r\n"
    vcard = CARD.vcard.replace("TEL", f"{note}TEL")
    (card, *_) = bounded([ContactCard(name="Awa", vcard=vcard)] * 20)
    assert isinstance(card, ContactCard)
    assert card.vcard.endswith("x…\r\nTEL:+221770000009\r\nEND:VCARD\r\n")


def test_a_file_whose_address_is_too_long_is_one_that_we_do_not_have() -> None:
    (kept, *_) = bounded([Media(kind="image", url="http://x/" + "a" * LONGEST, caption="Ici")] * 20)
    assert isinstance(kept, Media)
    assert (kept.url, kept.problem, kept.caption) == (None, "address_too_long", "Ici")


def test_text_is_clipped_between_characters() -> None:
    assert clipped("été", 5) == "été"
    assert clipped("été😀", 8) == "été…"


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_any_message_is_bounded_once_and_for_all(parts: list[Part]) -> None:
    kept = bounded(parts)
    assert sum(size.value(part.model_dump()) for part in kept) <= MESSAGE_BYTES
    assert bounded(kept) is kept
    assert [part.type for part in kept] == [part.type for part in parts]
