"""Opting out and back in: the standing on the contact and all its identities, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.conversation.acts import Prepared, Scene
from shared.conversation.people import all_of
from shared.language.commands import opts_out_or_in
from shared.models.message import Inbound
from shared.models.people import Consent, Contact, Identity, Standing
from shared.models.words import words_of

_ACTS_KEPT = 50


@dataclass(frozen=True)
class SetStanding:
    """Opts the person out, or in again, with the last STOP or START of the turn as the evidence.

    A message that is older than the newest known fact changes nothing and gets no answer, but is kept as
    evidence.
    """

    standing: Standing

    async def prepare(self, scene: Scene) -> Prepared:
        people = await all_of(scene.tx, scene.conversation.tenant, scene.conversation.contact)
        said = [message for message in scene.batch if opts_out_or_in(words_of(message))] or scene.batch
        accepted = _record(people, self.standing, said[-1], scene.now)

        def write() -> None:
            for document in people:
                scene.tx.put(document)

        return Prepared(write, overtaken=() if accepted else said)


def _record(
    people: Sequence[Contact | Identity], standing: Standing, message: Inbound, now: datetime
) -> bool:
    """Sets the standing in the documents. Returns whether any of them accepted it, or `people` is empty."""
    accepted = []
    for document in people:
        holds = standing == Standing.OPTED_OUT
        accepted.append(document.learn("opted_out", holds=holds, source="person", event=message))
        if isinstance(document, Contact):
            act = Consent(at=message.at, standing=standing, message=message.message)
            document.plan_at = now
            document.consent = sorted([*document.consent, act], key=lambda act: act.at)[-_ACTS_KEPT:]
    return any(accepted) or not people
