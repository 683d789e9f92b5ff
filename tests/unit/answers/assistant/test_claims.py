"""Sentences that claim an act, and innocent ones that look like them, as data in several languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.answers.assistant.guards.claims import claimed
from shared.answers.assistant.tools import Claim

SENTENCES = Path(__file__).with_name("sentences")
#: Least shares of the half that nobody looked at: of claims that are found, of innocent sentences that pass.
FOUND, PASSED = 0.90, 0.93


def load(name: str) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = yaml.safe_load((SENTENCES / name).read_text("utf-8"))
    return found


CLAIMS, INNOCENT = load("claims.yaml"), load("innocent.yaml")


def rows(data: dict[str, list[Any]]) -> list[Any]:
    return [row for listed in data.values() for row in listed]


def innocent(row: Any) -> bool:
    text, passages = (row, []) if isinstance(row, str) else (row["text"], [row["passage"]])
    return not claimed(text, passages)


@pytest.mark.parametrize("sentence", rows(CLAIMS["tuned"]))
def test_a_claim_is_found(sentence: str) -> None:
    assert claimed(sentence)


@pytest.mark.parametrize("row", rows(INNOCENT["tuned"]), ids=str)
def test_an_innocent_sentence_passes(row: Any) -> None:
    assert innocent(row)


def test_there_are_enough_sentences_in_enough_languages() -> None:
    for data in (CLAIMS, INNOCENT):
        assert sum(len(rows(half)) for half in data.values()) >= 110
        assert all(len(data["tuned"][each]) + len(data["held_out"][each]) >= 35 for each in ("en", "fr"))
        assert {"es", "pt", "ar", "wo"} <= data["tuned"].keys()


def test_sentences_that_nobody_looked_at_are_judged_as_well() -> None:
    found = [bool(claimed(sentence)) for sentence in rows(CLAIMS["held_out"])]
    passed = [innocent(row) for row in rows(INNOCENT["held_out"])]
    print(f"held out: {sum(found)}/{len(found)} claims, {sum(passed)}/{len(passed)} innocent")  # noqa: T201
    assert sum(found) >= FOUND * len(found)
    assert sum(passed) >= PASSED * len(passed)


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        ("I've let the team know.", {Claim.PASSED_ON}),
        ("Je viens d'annuler votre réservation.", {Claim.CANCELLED}),
        ("C'est noté, merci.", {Claim.NOTED}),
        ("I have booked your table and informed the reception.", {Claim.BOOKED}),
        ("The pool is open.", set()),
    ],
)
def test_the_kind_of_a_claim_is_known(sentence: str, kinds: set[Claim]) -> None:
    assert {kind for each in claimed(sentence) for kind in each.kinds} >= kinds


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Votre paiement a été effectué.", Claim.PAID),
        ("J'ai fait la réservation.", Claim.BOOKED),
        ("L'annulation est faite.", Claim.CANCELLED),
        ("Your booking is done.", Claim.BOOKED),
        ("I've processed your refund.", Claim.PAID),
        ("I have taken care of your cancellation.", Claim.CANCELLED),
        ("Su pago ha sido realizado.", Claim.PAID),
        ("La cancelación está hecha.", Claim.CANCELLED),
        ("O pagamento foi feito.", Claim.PAID),
        ("A sua encomenda foi processada.", Claim.ORDERED),
    ],
)
def test_a_verb_of_any_act_claims_the_act_that_the_sentence_names(sentence: str, kind: Claim) -> None:
    (found,) = claimed(sentence)
    assert kind in found.kinds
    assert Claim.DONE not in found.kinds


@pytest.mark.parametrize(
    "sentence",
    [
        "The pool on the roof has warm water and white towels, and we have sent you the ticket.",
        "The pool on the roof has warm water and white towels, the trip was cancelled.",
    ],
)
def test_a_passage_excuses_no_act_of_which_it_does_not_speak(sentence: str) -> None:
    published = "The pool on the roof has warm water and white towels."
    assert claimed(sentence, [published])
    assert not claimed(sentence, [published, sentence])


def test_only_the_sentence_that_claims_is_named() -> None:
    (found,) = claimed("La piscine ouvre à 8h. Votre table est réservée. À bientôt !")
    assert found.sentence.strip() == "Votre table est réservée."


def test_a_question_beside_a_claim_does_not_excuse_it() -> None:
    assert claimed("Your table is booked, would you like anything else?")
    assert not claimed("Is your table booked, or would you like me to ask?")
