"""Writing of people: one contact for a record and the person, the newest version, STOP stays STOP."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contacts.placing import TAKEN
from shared.contacts.problems import Refused
from shared.contacts.stating import REFUSED_BY_PERSON
from shared.errors import Rejected
from shared.models.external import External
from shared.models.people import Contact, Identity, Permission, Standing
from shared.platform import effects
from tests.unit.contacts.people import MOUSSA, People, people
from tests.world import AWA, START

FULL: dict[str, Any] = {
    "name": "Awa Diop",
    "language": "fr",
    "timezone": "Europe/Paris",
    "country": "FR",
    "attributes": {"room": "12", "check_in": "2026-12-24"},
    "consent": {"service": True, "promotion": False},
}


async def all_contacts(hotel: People) -> list[Contact]:
    found = await hotel.world.store.query(Contact, limit=50, tenant="parish")
    return [each for each in found if not each.merged_into]


# --- new and known people


async def test_a_person_who_never_wrote_exists_with_phone_consent_and_attributes(hotel: People) -> None:
    outcome = await hotel.put("KN-1", 1, **FULL)
    assert (outcome.result, outcome.version, outcome.notes) == ("created", 1, [])
    found = await hotel.contact(outcome.contact)
    assert (found.phone, found.name, found.language) == (AWA, "Awa Diop", "fr")
    assert (found.timezone, found.country) == ("Europe/Paris", "FR")
    assert found.attributes == {"room": "12", "check_in": "2026-12-24"}
    assert found.identities == [f"whatsapp:{AWA}"]
    assert found.plan_at == START
    service, promotion = found.permissions["service"], found.permissions["promotion"]
    assert (service.given, service.at, service.source) == (True, START, "system")
    assert (service.evidence, promotion.given) == ("KN-1, version 1", False)


async def test_the_one_who_writes_later_is_the_same_contact_and_costs_no_more(hotel: People) -> None:
    created = await hotel.put("KN-1", 1, **FULL)
    await hotel.world.say("Bonjour")
    assert (await hotel.world.conversation()).contact == created.contact
    await hotel.world.say("Où est la salle ?")  # reads what is read once in a minute or two
    account = effects.begin()
    await hotel.world.receive(hotel.world.message("Quand est la messe ?"))
    assert account.reads <= 4
    assert len(account.writes) <= 8  # one of them is the model's usage
    assert len(await all_contacts(hotel)) == 1


async def test_a_person_who_wrote_before_is_the_record_s_contact(hotel: People) -> None:
    await hotel.world.say("Bonjour")
    conversation = await hotel.world.conversation()
    outcome = await hotel.put("KN-1", 1, **FULL)
    assert (outcome.contact, outcome.result) == (conversation.contact, "updated")
    assert (await hotel.contact(outcome.contact)).attributes["room"] == "12"


async def test_a_contact_made_by_a_message_has_its_phone(hotel: People) -> None:
    await hotel.world.say("Bonjour")
    (found,) = await all_contacts(hotel)
    assert found.phone == AWA


async def test_two_records_with_one_number_are_one_contact(hotel: People) -> None:
    first = await hotel.put("A", 1, attributes={"room": "12"})
    second = await hotel.put("B", 1, attributes={"nights": 3})
    assert first.contact == second.contact
    assert (await hotel.contact(first.contact)).attributes == {"room": "12", "nights": 3}


async def test_a_new_record_needs_a_phone_and_a_known_one_keeps_it(hotel: People) -> None:
    with pytest.raises(Refused, match="phone: is missing"):
        await hotel.put("KN-1", 1, phone=None)
    await hotel.put("KN-1", 1, **FULL)
    await hotel.put("KN-1", 2, phone=None, attributes={"room": "14"})
    found = await hotel.about("KN-1")
    assert (found.phone, found.attributes) == (AWA, {"room": "14"})
    assert (found.name, found.permissions["service"].given) == ("Awa Diop", True)


# --- versions


async def test_an_older_version_is_refused_and_a_repeat_changes_nothing(hotel: People) -> None:
    await hotel.put("KN-1", 2, **FULL)
    with pytest.raises(Rejected) as refused:
        await hotel.put("KN-1", 1, **FULL)
    assert refused.value.status == 409
    account = effects.begin()
    assert (await hotel.put("KN-1", 2, **FULL)).result == "unchanged"
    assert (account.reads, account.writes) == (1, [])
    with pytest.raises(Rejected, match="known with another content"):
        await hotel.put("KN-1", 2, name="Another")


async def test_a_newer_version_with_the_same_content_plans_nothing(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    hotel.world.clock.pass_(60)
    again = await hotel.put("KN-1", 2, **FULL)
    assert (again.result, again.version) == ("unchanged", 2)
    assert (await hotel.contact(made.contact)).plan_at == START
    with pytest.raises(Rejected):
        await hotel.put("KN-1", 1, **FULL)


async def test_a_record_takes_its_own_values_back_and_no_others(hotel: People) -> None:
    await hotel.put("A", 1, **FULL)
    await hotel.put("B", 1, attributes={"nights": 3, "room": "27"})
    await hotel.put("A", 2, name=None, attributes={"check_in": "2026-12-25"}, consent={"service": None})
    found = await hotel.about("A")
    assert found.attributes == {"check_in": "2026-12-25", "nights": 3, "room": "27"}
    assert (found.name, found.language) == ("", "fr")
    assert list(found.permissions) == ["promotion"]


async def test_a_repeated_value_does_not_overwrite_a_later_one(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    contact = await hotel.contact(made.contact)
    contact.language = "en"
    await hotel.world.store.put(contact)
    await hotel.put("KN-1", 2, **{**FULL, "attributes": {"room": "14"}})
    assert (await hotel.contact(made.contact)).language == "en"


VERSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "phone": st.sampled_from([AWA, MOUSSA, "+221770000003"]),
            "name": st.sampled_from(["Awa", "Moussa", None]),
            "attributes": st.dictionaries(
                st.sampled_from(["room", "board"]), st.sampled_from(["Half", "Full"])
            ),
            "consent": st.fixed_dictionaries({"service": st.sampled_from([True, False, None])}),
            "deleted": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(versions=VERSIONS, data=st.data())
async def test_any_order_with_repeats_ends_in_the_newest_state(versions: list[Any], data: Any) -> None:
    numbered = list(enumerate(versions))
    order = data.draw(st.permutations([*numbered, *numbered]))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        mixed, newest = await people(Path(one)), await people(Path(other))
        for number, version in order:
            await _apply(mixed, number, version)
        await _apply(newest, *numbered[-1])
        records = [(await each.record("KN-1")).stated for each in (mixed, newest)]
        assert records[0] == records[1]
        if not versions[-1]["deleted"]:
            found = [await each.about("KN-1") for each in (mixed, newest)]
            for name in ("phone", "name", "attributes", "identities"):
                assert getattr(found[0], name) == getattr(found[1], name), name
            given = [{kind: each.given for kind, each in one.permissions.items()} for one in found]
            assert given[0] == given[1]


async def _apply(hotel: People, number: int, version: dict[str, Any]) -> None:
    body = {name: value for name, value in version.items() if name != "deleted"}
    with suppress(Rejected):
        if version["deleted"]:
            await hotel.delete("KN-1", number)
        else:
            await hotel.put("KN-1", number, **body)


# --- phone numbers


async def test_a_changed_phone_moves_with_the_person_who_never_wrote(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    moved = await hotel.put("KN-1", 2, MOUSSA, **FULL)
    assert moved.contact == made.contact
    assert (await hotel.contact(made.contact)).identities == [f"whatsapp:{MOUSSA}"]
    assert (await hotel.with_number(AWA), await hotel.with_number(MOUSSA)) == ("", made.contact)
    await hotel.world.say("Bonjour")
    assert (await hotel.world.conversation()).contact != made.contact


async def test_a_number_under_which_the_person_wrote_stays_theirs(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    await hotel.world.say("Bonjour")
    await hotel.put("KN-1", 2, MOUSSA, **FULL)
    found = await hotel.contact(made.contact)
    assert found.phone == MOUSSA
    assert await hotel.with_number(AWA) == await hotel.with_number(MOUSSA) == made.contact


async def test_a_contact_who_never_wrote_becomes_the_one_who_did(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, MOUSSA, **FULL)
    await hotel.world.say("Bonjour")
    writer = (await hotel.world.conversation()).contact
    outcome = await hotel.put("KN-1", 2, AWA, **{**FULL, "name": "Awa"})
    assert (outcome.contact, outcome.notes) == (writer, [])
    found, gone = await hotel.contact(writer), await hotel.contact(made.contact)
    assert gone.merged_into == writer
    assert found.absorbed == [made.contact]
    assert (found.phone, found.attributes["room"]) == (AWA, "12")
    assert found.permissions["service"].given
    assert await hotel.with_number(MOUSSA) == ""


async def test_the_writer_stays_if_the_number_s_contact_never_wrote(hotel: People) -> None:
    await hotel.put("A", 1, AWA)
    await hotel.put("B", 1, MOUSSA, attributes={"nights": 3})
    await hotel.world.say("Bonjour")
    writer = (await hotel.world.conversation()).contact
    await hotel.put("A", 2, MOUSSA)
    assert (await hotel.about("B")).contact == (await hotel.about("A")).contact == writer
    assert (await hotel.about("A")).attributes == {"nights": 3}
    await hotel.put("B", 2, MOUSSA, attributes={"nights": 4})
    assert (await hotel.about("A")).attributes == {"nights": 4}
    assert (await hotel.record("B")).contact == writer


async def test_two_people_who_both_wrote_stay_apart_and_the_record_says_so(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, AWA, **FULL)
    await hotel.world.say("Bonjour")
    await hotel.world.say("Hello", peer=MOUSSA)
    other = await hotel.with_number(MOUSSA)
    outcome = await hotel.put("KN-1", 2, MOUSSA, **{**FULL, "attributes": {"room": "14"}})
    assert (outcome.contact, outcome.notes) == (made.contact, [TAKEN])
    found = await hotel.contact(made.contact)
    assert (found.phone, found.attributes) == (AWA, {"room": "14"})
    assert await hotel.with_number(MOUSSA) == other
    assert (await hotel.put("KN-1", 2, MOUSSA, **{**FULL, "attributes": {"room": "14"}})).notes == [TAKEN]


async def test_a_record_leaves_a_shared_number_with_the_other_record(hotel: People) -> None:
    await hotel.put("A", 1, AWA, name="Awa", attributes={"room": "12"}, consent={"service": True})
    await hotel.put("B", 1, AWA, name="Moussa", attributes={"room": "12", "nights": 3})
    left = await hotel.put("B", 2, MOUSSA, name="Moussa", attributes={"nights": 4})
    assert left.result == "created"
    awa, moussa = await hotel.about("A"), await hotel.about("B")
    assert (awa.phone, awa.name, awa.attributes) == (AWA, "Awa", {"room": "12"})
    assert (moussa.phone, moussa.name, moussa.attributes) == (MOUSSA, "Moussa", {"nights": 4})
    assert await hotel.with_number(AWA) == awa.contact
    assert awa.permissions["service"].given
    assert not moussa.permissions


# --- standing


async def test_a_person_who_opted_out_stays_opted_out_whatever_the_system_says(hotel: People) -> None:
    await hotel.world.say("STOP")
    await hotel.put("KN-1", 1, **FULL)
    (found,) = await all_contacts(hotel)
    assert found.standing == Standing.OPTED_OUT
    assert found.permissions["service"].given
    await hotel.delete("KN-1", 2)
    await hotel.put("KN-1", 3, **FULL)
    await hotel.put("KN-1", 4, MOUSSA, **FULL)
    for identity in await hotel.world.store.query(Identity, limit=5, tenant="parish"):
        if identity.contact == found.contact:
            assert identity.standing == Standing.OPTED_OUT
    assert (await hotel.about("KN-1")).standing == Standing.OPTED_OUT


async def test_a_person_s_own_refusal_outweighs_the_system_s_consent(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    contact = await hotel.contact(made.contact)
    contact.permissions["service"] = Permission(given=False, at=START, source="person")
    await hotel.world.store.put(contact)
    await hotel.put("KN-1", 2, consent={"service": False})
    outcome = await hotel.put("KN-1", 3, consent={"service": True})
    assert outcome.notes == [f"consent.service: {REFUSED_BY_PERSON}"]
    assert not (await hotel.contact(made.contact)).permissions["service"].given


# --- deletion


async def test_a_deleted_record_takes_its_content_back_from_one_who_never_wrote(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    hotel.world.clock.pass_(60)
    assert (await hotel.delete("KN-1", 2)).result == "deleted"
    found = await hotel.contact(made.contact)
    assert (found.phone, found.name, found.attributes, found.permissions) == ("", "", {}, {})
    assert (found.identities, found.plan_at) == ([], hotel.world.clock.now())
    assert await hotel.with_number(AWA) == ""
    assert (await hotel.delete("KN-1", 2)).result == "unchanged"
    with pytest.raises(Rejected):
        await hotel.put("KN-1", 1, **FULL)
    again = await hotel.put("KN-1", 3, **FULL)
    assert (again.contact, (await hotel.contact(made.contact)).attributes["room"]) == (made.contact, "12")
    assert await hotel.with_number(AWA) == made.contact


async def test_a_deleted_record_leaves_the_person_who_wrote_their_name_and_phone(hotel: People) -> None:
    made = await hotel.put("KN-1", 1, **FULL)
    await hotel.world.say("Bonjour")
    await hotel.delete("KN-1", 2)
    found = await hotel.contact(made.contact)
    assert (found.phone, found.name, found.attributes, found.permissions) == (AWA, "Awa Diop", {}, {})
    assert await hotel.with_number(AWA) == made.contact


async def test_a_deletion_that_comes_first_keeps_the_late_version_out(hotel: People) -> None:
    outcome = await hotel.delete("KN-1", 5)
    assert (outcome.contact, outcome.result) == ("", "deleted")
    with pytest.raises(Rejected):
        await hotel.put("KN-1", 4, **FULL)
    assert await all_contacts(hotel) == []


async def test_a_deletion_leaves_another_record_its_content(hotel: People) -> None:
    await hotel.put("A", 1, name="Awa", attributes={"room": "12", "nights": 2})
    await hotel.put("B", 1, name="Awa D.", attributes={"room": "27"})
    await hotel.delete("B", 2)
    found = await hotel.about("A")
    assert (found.phone, found.name, found.attributes) == (AWA, "Awa", {"room": "12", "nights": 2})
    assert await hotel.with_number(AWA) == found.contact


# --- at the same time


async def test_versions_and_records_at_the_same_time_make_one_contact(hotel: People) -> None:
    puts = [hotel.put(record, version, name=f"Awa {version}") for version in (1, 2, 3) for record in "AB"]
    results = await asyncio.gather(*puts, hotel.world.say("Bonjour"), return_exceptions=True)
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Rejected)]
    (found,) = await all_contacts(hotel)
    assert [(await hotel.record(record)).sender_version for record in "AB"] == [3, 3]
    assert found.name == "Awa 3"
    assert (await hotel.world.conversation()).contact == found.contact


# --- files and others


async def test_a_row_is_written_if_it_differs_from_the_last_one(hotel: People) -> None:
    made = await hotel.put("KN-1", None, attributes={"room": "12"})
    assert made.result == "created"
    assert (await hotel.put("KN-1", None, attributes={"room": "12"})).result == "unchanged"
    await hotel.put("KN-1", 7, attributes={"room": "14"})
    assert (await hotel.put("KN-1", None, attributes={"room": "12"})).result == "unchanged"
    assert (await hotel.put("KN-1", 7, attributes={"room": "14"})).result == "unchanged"
    assert (await hotel.about("KN-1")).attributes == {"room": "14"}


async def test_a_file_does_not_bring_back_a_deleted_record(hotel: People) -> None:
    await hotel.put("KN-1", 1, **FULL)
    await hotel.delete("KN-1", 2)
    with pytest.raises(Refused, match="was deleted"):
        await hotel.put("KN-1", None, **FULL)


async def test_a_moment_without_a_zone_is_the_contact_s(hotel: People) -> None:
    at = {"transfer_at": "2026-07-01T12:00"}
    moments: list[object] = []
    for record, more in (("A", {"timezone": "Europe/Paris"}), ("B", {"country": "JP"}), ("C", {})):
        await hotel.put(record, 1, f"+22177000010{len(moments)}", attributes=at, **more)
        moments.append((await hotel.about(record)).attributes["transfer_at"])
    assert moments == [f"2026-07-01T{hour}:00:00+00:00" for hour in ("10", "03", "12")]
    with pytest.raises(Refused, match="transfer_at"):
        await hotel.put("A", 2, attributes={"transfer_at": "2026-03-29T02:30"})


async def test_a_dry_run_decides_and_writes_nothing(hotel: People) -> None:
    hotel.writing = type(hotel.writing)(hotel.world.store, hotel.world.clock, hotel.world.ids, dry=True)
    account = effects.begin()
    assert (await hotel.put("KN-1", None, **FULL)).result == "created"
    assert account.writes == []
    assert await hotel.world.store.query(External, limit=5, tenant="parish") == []


async def test_a_record_follows_the_merge_of_its_contact(hotel: People) -> None:
    await hotel.put("KN-1", 1, AWA, **FULL)
    event = hotel.world.message("Bonjour", peer=MOUSSA)
    await hotel.world.receive(event)
    both = [f"whatsapp:{MOUSSA}", f"whatsapp:{AWA}"]
    hotel.world.clock.pass_(60)
    later = hotel.world.message("C'est moi", peer=MOUSSA)
    peer = later.peer.model_copy(update={"identities": both})
    await hotel.world.receive(later.model_copy(update={"peer": peer}))
    stays = await hotel.with_number(MOUSSA)
    merged = await hotel.contact(stays)
    assert (merged.attributes["room"], merged.permissions["service"].given) == ("12", True)
    assert (merged.timezone, merged.plan_at) == ("Europe/Paris", hotel.world.clock.now())
    outcome = await hotel.put("KN-1", 2, AWA, **{**FULL, "attributes": {"room": "14"}})
    assert outcome.contact == stays
    assert (await hotel.contact(stays)).attributes == {"room": "14"}
