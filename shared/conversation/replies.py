"""Replies that are kept: a rating of the staff's answer or of a trigger's message, and a choice."""

from __future__ import annotations

from dataclasses import dataclass

from shared.conversation.acts import Prepared, Scene
from shared.conversation.occurrences import happened
from shared.models.handoff import Handoff, Step
from shared.models.occurrence import Occurrence
from shared.models.tenant import Tenant


@dataclass(frozen=True)
class Rate:
    """Keeps a rating, 1 to 5, of the request or the occurrence `about`; the first one counts.

    It is an event that triggers may follow.
    """

    tenant: Tenant
    about: str
    rating: int

    async def prepare(self, scene: Scene) -> Prepared:
        tenant, contact = self.tenant.tenant, scene.conversation.contact
        request = await scene.tx.get(Handoff, tenant=tenant, handoff=self.about)
        found: Handoff | Occurrence | None = request
        if request is None:
            found = await scene.tx.get(Occurrence, tenant=tenant, occurrence=self.about)
        if found is None or found.contact != contact or found.rating is not None:
            return Prepared(lambda: None)
        found.rating = self.rating
        if request is not None:
            request.step(Step(at=scene.now, step="rated", by="person", result=str(self.rating)))
        begun = list(happened(self.tenant, contact, "rating_given", self.about, scene.now))

        def write() -> None:
            scene.tx.put(found)
            for occurrence in begun:
                scene.tx.create(occurrence)

        return Prepared(write)


@dataclass(frozen=True)
class Choose:
    """Keeps the person's choice, by its title, in the occurrence whose message offered it."""

    occurrence: str
    title: str

    async def prepare(self, scene: Scene) -> Prepared:
        keys = {"tenant": scene.conversation.tenant, "occurrence": self.occurrence}
        found = await scene.tx.get(Occurrence, **keys)
        if found is None or found.contact != scene.conversation.contact:
            return Prepared(lambda: None)
        found.reply = self.title
        return Prepared(lambda: scene.tx.put(found))
