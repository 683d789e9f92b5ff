"""Signs are fitted on the examples as they are now; letters alone raise alarms and silence nobody."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scripts import fit
from shared.language.languages import shipped
from shared.models.tenant import Tenant
from shared.understanding.reader import Danger, Reader
from shared.understanding.signs import FITTED, Sign, by_letters

TENANT = Tenant(tenant="t", name="T", languages=["fr", "en"], emergencies={"words": ["incendie"]})


def test_the_fitted_files_belong_to_the_examples() -> None:
    """After a change of the examples: `make fit`."""
    head, _, _ = (FITTED / "letters.bin").read_bytes().partition(b"\n")
    with np.load(FITTED / "nearest.npz") as stored:
        assert json.loads(head)["of"] == str(stored["of"]) == fit.digest()


@pytest.mark.parametrize("intent", ["emergency", "optout", "human", "smalltalk", "ordinary"])
def test_every_language_has_examples_and_counter_examples(intent: str) -> None:
    for language in shipped():
        data = json.loads((fit.EXAMPLES / f"{intent}.{language}.json").read_bytes())
        assert len(data["counter"]) >= 50
        assert all(len(texts) >= 10 for texts in data["examples"].values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("il y a le feu dans la cuisine, au secours", Danger.ALARM),
        ("incendie", Danger.ALARM),
        ("secours !", Danger.ALARM),
        ("secours", Danger.DOUBT),
        ("maman", Danger.DOUBT),
        ("Second ?", Danger.DOUBT),
        ("Oui, danger", Danger.ALARM),
        ("waaw, am na", Danger.ALARM),
        ("my husband is not breathing please help", Danger.ALARM),
        ("c'est combien la chambre ?", Danger.NONE),
        ("what time is breakfast", Danger.NONE),
        ("", Danger.NONE),
    ],
)
async def test_letters_and_words_alone_raise_the_alarm(text: str, expected: Danger) -> None:
    assert await Reader(None).danger(TENANT, text) == expected


async def test_a_forwarded_text_is_in_doubt_at_most() -> None:
    assert await Reader(None).danger(TENANT, "au secours, il y a le feu", forwarded=True) == Danger.DOUBT


@pytest.mark.parametrize("text", ["", "😀", "x" * 10_000, "a " * 5_000, "\ud83d", "٠١٢"])
def test_any_text_has_probabilities(text: str) -> None:
    assert all(0 <= by_letters(text)[sign] <= 1 for sign in Sign)
