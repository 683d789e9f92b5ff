"""Document ids appear in logs, traces, attributes and addresses: they name no person."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models.people import document_id, identity_id, plain_id

NAMES_A_PERSON = [
    "221770000001",
    "+221770000001",
    "221-77-000-00-01",
    "221770000001@c.us",
    "false_221770000001@c.us_3EB0C767D26A1B2C3D4E",
    "100000000000001@lid",
    "lid-100000000000001",
    "awa@example.org",
    "tel221770000001",
    "wamid.HBgMMjIxNzcwMDAwMDAxFQIAERgS",
    "SN.10000000000000000001",
    "SN.Abc1",
    "SN.ENT.Abc1",
    "SN.Abc1.SN.Abc2",
    "700000001.17",
    "-1001000000001.17",
    "7.5",
    "700000001.17.edit.500001",
    "callback.3006477107200000000",
    "re-700000001.17",
    "web:221770000001",
]
OPAQUE = [
    "3EB0A1",
    "3EB0C767D26A1B2C3D4E",
    "3A1234567890ABCDEF12",
    "3A123456789012345678",
    "5f0c6a52-7c1e-4a6e-9d9b-0d2b8a1f3c4d",
    "12345678-1234-4234-9234-123456789012",
    "3EB0A1.edit.0f5b8a4e7c2d1b3a",
    "3EB0A1.deleted",
    "callback.4382bfdwdsb323b2d9",
    "block.0f5b8a4e7c2d1b3a0f5b8a4e7c2d1b3a",
    "waha.c-91f0a4b27d3c5e68",
    "re-3EB0A1",
    "M17",
    "17",
]


@pytest.mark.parametrize("value", NAMES_A_PERSON)
def test_an_id_that_names_a_person_is_a_digest(value: str) -> None:
    assert re.fullmatch("sha256-[0-9a-f]{40}", document_id(value))


@pytest.mark.parametrize("value", OPAQUE)
def test_an_opaque_id_can_be_read(value: str) -> None:
    assert document_id(value) == value == plain_id(value)


@pytest.mark.parametrize("value", ["", ".", "..", "__x__", "a/b", "é", "x" * 201, "a b"])
def test_what_no_document_can_be_called_is_a_digest(value: str) -> None:
    assert document_id(value) == plain_id(value) == identity_id(value)
    assert document_id(value).startswith("sha256-")


@given(
    number=st.integers(10**6, 10**15),
    before=st.sampled_from(["", "true_", "re-", "id", "web:", "callback.", "+", "zz"]),
    after=st.sampled_from(["", "@c.us", ".17", "_x", "-1", "xyz", "@lid", ".edit.5"]),
)
def test_no_number_of_a_person_is_left(number: int, before: str, after: str) -> None:
    assert str(number) not in document_id(f"{before}{number}{after}")


@given(st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9@._:-]{1,60}", fullmatch=True))
def test_a_document_id_stays_what_it_is(value: str) -> None:
    """Ids are derived from other ids: an answer's from its question's, a handoff's from its message's."""
    assert document_id(document_id(value)) == document_id(value)


@pytest.mark.parametrize(
    "identity", ["whatsapp:+221770000001", "telegram:700000001", "web:v-91f0a4b27d3c5e68"]
)
def test_identities_keep_their_names(identity: str) -> None:
    """Identities are found by their names; logs mask their paths."""
    assert identity_id(identity) == identity


def test_ids_of_before_are_known_by_what_they_were() -> None:
    assert plain_id("700000001.17") == "700000001.17"
    assert plain_id("wamid.A1") == document_id("wamid.A1")
