"""Texts for staff about their own acts, in their language."""

from __future__ import annotations

from shared.conversation.taking import Result
from shared.language.texts import text
from shared.models.handoff import PHONE, Handoff
from shared.models.parts import Part, Text
from shared.models.tenant import Tenant
from shared.tenants import roster


class Wording:
    """Texts for a member of staff, in the language of the roster."""

    def __init__(self, tenant: Tenant, staff: str) -> None:
        self._tenant = tenant
        self.language = roster.reader(tenant, staff)

    def of(self, key: str, **values: object) -> str:
        return text(self._tenant, self.language, key, **{name: str(value) for name, value in values.items()})

    def name(self, staff: str) -> str:
        """Returns the name of a member of staff, also after they have left."""
        if staff == PHONE:
            return "☎"
        return self._tenant.staff[staff].name if staff in self._tenant.staff else staff

    def taken(self, result: Result) -> str:
        return self.of("staff_taken", **_about(result))

    def closed(self, result: Result) -> str:
        return self.of("staff_closed", **_about(result))

    def page(self, result: Result, title: str) -> str:
        return self.of("staff_page", title=title, **_about(result))

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
