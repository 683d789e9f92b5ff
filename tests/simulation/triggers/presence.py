"""Presences: the holders of a person's conversations, the person's words, and messages to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.simulation.evidence import Evidence
from tests.simulation.people import AGENTS, person_of
from tests.simulation.triggers import clocks, rules
from tests.simulation.triggers.history import Version, at, between
from tests.simulation.triggers.rules import Claim
from tests.simulation.triggers.scene import DAY, Scene
from tests.simulation.triggers.world import TriggerWorld

#: How long (s) after a person's words a message of a trigger waits.
QUIET_AFTER = 600.0


class Presences:
    def __init__(self, world: TriggerWorld, evidence: Evidence) -> None:
        self._history, self._evidence = world.history, evidence
        self._merged = {
            name: versions[-1].fields["merged_into"] for name, versions in self._history.contacts.items()
        }
        self._places: defaultdict[str, list[list[Version]]] = defaultdict(list)
        for versions in self._history.conversations.values():
            for contact in {each.fields["contact"] for each in versions}:
                self._places[self.living(contact)].append(versions)
        #: Messages that were begun, by time and contact, of each contact that lives in the end.
        self.begun_for: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        for begun in self._history.begun.values():
            contact = Claim.of(begun.turn).contact
            insort(self.begun_for[self.living(contact)], (begun.at, contact))
        self._writers: defaultdict[str, set[int]] = defaultdict(set)
        for act in [*evidence.accepted, *evidence.by_agents]:
            for document in evidence.inbound[act.id]:
                self._writers[evidence.living(document.conversation)].add(
                    person_of(act.chat) if act.chat else act.person
                )

    def living(self, contact: str) -> str:
        """Returns the contact, or the one that it was merged into in the end."""
        while into := self._merged.get(contact):
            contact = into
        return contact

    def living_at(self, contact: str, moment: float) -> str:
        """Returns the contact, or the one that it had been merged into by then."""
        while (state := at(self._history.contacts[contact], moment)) and state["merged_into"]:
            contact = state["merged_into"]
        return contact

    def places(self, contact: str) -> list[list[Version]]:
        """Returns the histories of the conversations of a contact."""
        return self._places[self.living(contact)]

    def writers(self, conversation: str) -> set[int]:
        """Returns the writers of a conversation."""
        return self._writers[self._evidence.living(conversation)]

    def is_staff(self, contact: str) -> bool:
        """Whether a contact is an agent: their words for work are no consent to messages of triggers."""
        return any(
            person >= AGENTS
            for versions in self.places(contact)
            for person in self.writers(versions[-1].fields["conversation"])
        )

    def wrote(self, contact: str, moment: float) -> bool:
        """Whether the person had written to the organisation, and not for it."""
        return not self.is_staff(contact) and any(
            state["heard_at"] is not None and state["contact"] == self.living_at(contact, moment)
            for versions in self.places(contact)
            if (state := at(versions, moment)) is not None
        )

    def heard(self, claim: Claim, moment: float) -> float:
        """Returns when the person last wrote on the channel that a silence's message names."""
        channel = claim.key.partition(".")[0]
        times = [
            clocks.seconds(state["heard_at"])
            for versions in self.places(claim.contact)
            if (state := at(versions, moment)) is not None
            and state["channel"] == channel
            and state["heard_at"] is not None
        ]
        return max(times, default=0.0)

    def human_since(self, conversation: str, moment: float) -> float | None:
        """Returns since when a human has had the conversation, or the one that it was merged into by then.

        None if nobody has it.
        """
        merged_at = 0.0
        while (state := at(self._history.conversations[conversation], moment)) and state["merged_into"]:
            into = state["merged_into"]
            versions = self._history.conversations[conversation]
            merged_at = max(merged_at, next(each.at for each in versions if each.fields["merged_into"]))
            conversation = into
        since = None
        for version in self._history.conversations[conversation]:
            if version.at > moment:
                break
            if not _human(version.fields, version.at):
                since = None
            elif since is None:
                since = version.at
        if since is None or state is None or not _human(state, moment):
            return None
        return max(since, merged_at)

    def disturbed(self, contact: str, definition: Mapping[str, Any], since: float, until: float) -> str:
        """Returns why a message had to wait through all of a time, "" if it did not."""
        for versions in self.places(contact):
            states = list(between(versions, since, until))
            if at(versions, since) is None or states[-1]["contact"] != self.living_at(contact, since):
                continue
            whys = [_waits(state, definition, until) for state in states]
            if all(whys):
                return f"{states[-1]['conversation']}: {whys[-1]}"
        return ""

    def waits(self, contact: str, definition: Mapping[str, Any], moment: float) -> bool:
        """Whether a message waits at a moment for somebody in one of the contact's conversations."""
        if definition.get("busy") == "send":
            return False
        return any(
            bool(_waits(state, definition, moment, slack=QUIET_AFTER))
            for versions in self.places(contact)
            if (state := at(versions, moment)) is not None
        )

    def is_capped(self, contact: str, scene: Scene, moment: float) -> bool:
        """Whether the person may have got as many messages as they may."""
        times = [at for at, _ in self.begun_for[self.living(contact)]]
        for span, name in ((DAY, "per_day"), (7 * DAY, "per_week")):
            lately = bisect_right(times, moment + 60) - bisect_left(times, moment - span - 700)
            if lately >= scene.messaging[name]:
                return True
        return False


def _human(state: Mapping[str, Any], moment: float) -> bool:
    """Whether a human has the conversation at a moment, by its state."""
    human = state["human"]
    if human is None or state["merged_into"]:
        return False
    ends = [human["until"], human["phone_until"]]
    return any(each is not None and moment < clocks.seconds(each) for each in ends)


def _waits(state: Mapping[str, Any], definition: Mapping[str, Any], moment: float, slack: float = 0.0) -> str:
    """Returns why a message waits in a conversation of this state, "" if it does not."""
    if state["merged_into"]:
        return ""
    if _human(state, moment - slack):
        return "a human has it"
    if state["state"] == "waiting" or state["handoff"]:
        return "a human is called"
    if state["pending"]:
        return "the person waits for an answer"
    heard = state["heard_at"]
    if heard is None or not rules.is_ahead(definition):
        return ""
    return "the person is writing" if moment < clocks.seconds(heard) + QUIET_AFTER + slack else ""
