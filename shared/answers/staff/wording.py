"""What staff are told about their own acts, in their language."""

from __future__ import annotations

from shared.conversation.conversation import Conversation
from shared.conversation.taking import Result
from shared.language.texts import text
from shared.models.handoff import PHONE, Handoff
from shared.models.parts import Part, Text
from shared.models.tenant import Tenant


class Wording:
    """Texts for a member of staff, whose conversation with us is `own`."""

    def __init__(self, tenant: Tenant, own: Conversation) -> None:
        self._tenant = tenant
        self.language = own.session.language or tenant.languages[0]

    def of(self, key: str, **values: object) -> str:
        return text(self._tenant, self.language, key, **{name: str(value) for name, value in values.items()})

    def name(self, staff: str) -> str:
        """Returns the name of a member of staff, also of one who has left."""
        if staff == PHONE:
            return "☎"
        return self._tenant.staff[staff].name if staff in self._tenant.staff else staff

    def taken(self, result: Result) -> str:
        return self.of("staff_taken", **_about(result))

    def closed(self, result: Result) -> str:
        return self.of("staff_closed", **_about(result))

    def refusal(self, result: Result) -> list[Part]:
        """Returns why an act was refused."""
        about = _about(result)
        match result.verdict:
            case "theirs":
                who = self.name(result.request.holder) if result.request else ""
                words = self.of("staff_taken_by", number=about["number"], who=who)
            case "mine":
                words = self.of("staff_taken", **about)
            case "over":
                words = self.of("staff_over", number=about["number"])
            case _:
                words = self.of("staff_no_such", number=about["number"])
        return [Text(text=words)]


def _about(result: Result) -> dict[str, str]:
    request: Handoff | None = result.request
    name = (result.person.name if result.person else "") or (request.name if request else "")
    return {"number": str(request.number) if request else "?", "name": name or "?"}
