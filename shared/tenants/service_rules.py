"""Rules for services, profiles and actions that the JSON Schema cannot express.

Those that need other documents, plugin files or the library of templates are in service_references.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from shared.formats import codes
from shared.formats.nearest import unknown
from shared.language.folding import folded
from shared.models.service import Action, Change, Offered, PageOffer, Profile, Service
from shared.models.tenant import Tenant
from shared.tenants import staff_rules
from shared.tenants.attribute_rules import language_breaches
from shared.tenants.problems import Breaches

#: Names of the assistant's own tools (answers/assistant/tools): an action is a tool by its name too.
TOOLS = frozenset({"call_human", "open_service", "remember", "search_knowledge", "show_choices"})


def settings_breaches(tenant: Tenant) -> Breaches:
    """Yields the breaches that the tenant's own document shows, in the order of the fields."""
    for name, service in tenant.services.items():
        place = f"services.{name}"
        yield from _names_breaches(place, service, tenant)
        yield from _service_breaches(place, service, tenant)
    for name, profile in tenant.profiles.items():
        yield from _profile_breaches(f"profiles.{name}", profile, tenant)
    for name, action in tenant.actions.items():
        place = f"actions.{name}"
        if name in TOOLS:
            yield place, "is the name of a tool of the assistant (expected another name)"
        yield from _names_breaches(place, action, tenant)
        yield from _action_breaches(place, action, keeps(tenant, name), tenant)
    yield from _shared_breaches(tenant)


def _names_breaches(place: str, offered: Offered, tenant: Tenant) -> Breaches:
    yield from _titles_breaches(f"{place}.names", offered.names, tenant)
    for language, phrases in offered.words.items():
        yield from language_breaches(f"{place}.words.{language}", language, tenant)
        for number, phrase in enumerate(phrases):
            if not folded(phrase):
                yield f"{place}.words.{language}[{number}]", f"{phrase!r} has no letters or digits"


def _titles_breaches(place: str, names: Mapping[str, str], tenant: Tenant) -> Breaches:
    first = tenant.languages[0]
    if first not in names:
        yield f"{place}.{first}", "is missing (expected a name in the tenant's first language)"
    yield from _languages_breaches(place, names, tenant)


def _languages_breaches(place: str, worded: Collection[str], tenant: Tenant) -> Breaches:
    for language in worded:
        yield from language_breaches(f"{place}.{language}", language, tenant)


def _service_breaches(place: str, service: Service, tenant: Tenant) -> Breaches:
    if service.kind == "gated" and service.profile is None:
        yield f"{place}.profile", "is missing (expected a profile for the kind gated)"
    elif service.kind != "gated" and service.profile is not None:
        yield f"{place}.profile", f"is only for the kind gated, and this one is {service.kind}"
    elif service.profile is not None and service.profile not in tenant.profiles:
        yield f"{place}.profile", unknown("profile", service.profile, tenant.profiles)
    if service.roles and service.kind != "admin":
        yield f"{place}.roles", f"is only for the kind admin, and this one is {service.kind}"
    if service.topics and service.kind != "information":
        yield f"{place}.topics", f"is only for the kind information, and this one is {service.kind}"
    for day, intervals in service.open.items():
        yield from staff_rules.interval_breaches(f"{place}.open.{day}", intervals)


def _profile_breaches(place: str, profile: Profile, tenant: Tenant) -> Breaches:
    yield from _titles_breaches(f"{place}.names", profile.names, tenant)
    proof = profile.proof
    if proof.records not in tenant.records:
        yield f"{place}.proof.records", unknown("source of records", proof.records, tenant.records)
    if problem := codes.form_problem(proof.form):
        yield f"{place}.proof.form", problem
    yield from _languages_breaches(f"{place}.proof.asks", proof.asks, tenant)
    if proof.one_time and proof.email is None and proof.phone is None:
        yield f"{place}.proof.one_time", "has no address to send a code to (expected email or phone)"
    if "name" in proof.keeps:
        yield f"{place}.proof.keeps.name", "is the person's name in templates (expected another name)"
    for number, name in enumerate(profile.actions):
        if name not in tenant.actions:
            yield f"{place}.actions[{number}]", unknown("action", name, tenant.actions)
        elif name in profile.actions[:number]:
            yield f"{place}.actions[{number}]", f"{name!r} stands here twice"


def keeps(tenant: Tenant, action: str) -> dict[str, set[str]]:
    """Returns the names that a proof keeps, by the profiles that use the action."""
    using = {name: profile for name, profile in tenant.profiles.items() if action in profile.actions}
    return {name: set(profile.proof.keeps) for name, profile in using.items()}


def _action_breaches(place: str, action: Action, kept_by: Mapping[str, set[str]], tenant: Tenant) -> Breaches:
    if not kept_by:
        yield place, "belongs to no profile (expected it among the actions of one)"
    for profile, kept in kept_by.items():
        yield from _kept_breaches(place, action, profile, kept)
    if action.each is not None and action.each not in action.where.values():
        yield f"{place}.each", f"{action.each!r} is not used in where (expected one of its names)"
    if "name" in action.fields:
        yield f"{place}.fields.name", "is the person's name in templates (expected another name)"
    if action.records not in tenant.records:
        yield f"{place}.records", unknown("source of records", action.records, tenant.records)
    for language in action.says:
        yield from language_breaches(f"{place}.says.{language}", language, tenant)
    if action.page is not None:
        yield from _page_breaches(f"{place}.page", action.page, action, tenant)
    if action.changes is not None:
        yield from _change_breaches(f"{place}.changes", action.changes, tenant)


def _kept_breaches(place: str, action: Action, profile: str, kept: Collection[str]) -> Breaches:
    """Yields names of `where` and `each` that the proof of a profile does not keep."""
    used = {**{f"where.{field}": name for field, name in action.where.items()}, "each": action.each}
    for field, name in used.items():
        if name is not None and name not in kept:
            yield f"{place}.{field}", f"{unknown('name', name, kept)} among those that {profile} keeps"


def _page_breaches(place: str, page: PageOffer, action: Action, tenant: Tenant) -> Breaches:
    yield from _languages_breaches(f"{place}.titles", page.titles, tenant)
    for field in ("begins", "ends", "place", "files"):
        name = getattr(page, field)
        if name is not None and name not in action.fields:
            yield f"{place}.{field}", unknown("field", name, action.fields)
        if name is not None and field != "files" and page.kind != "schedule":
            yield f"{place}.{field}", f"is only for the kind schedule, and this one is {page.kind}"
    if page.kind == "schedule" and page.begins is None:
        yield f"{place}.begins", "is missing (expected the field with the time of an entry)"


def _change_breaches(place: str, change: Change, tenant: Tenant) -> Breaches:
    yield from _languages_breaches(f"{place}.confirm", change.confirm, tenant)
    yield from _languages_breaches(f"{place}.done", change.done, tenant)


def _shared_breaches(tenant: Tenant) -> Breaches:
    """Yields words that choose two things in one language, also as the name of one of them."""
    chosen: dict[tuple[str, str], str] = {}
    for owner, field, language, phrase in _phrases(tenant):
        other = chosen.setdefault((language, folded(phrase)), owner)
        if folded(phrase) and other != owner:
            yield f"{owner}.{field}", f"{phrase!r} chooses {other} too (expected words of one of them)"


def _phrases(tenant: Tenant) -> Iterator[tuple[str, str, str, str]]:
    """Yields the phrases that choose a service or an action: its place, their field, language and words."""
    groups: tuple[tuple[str, Mapping[str, Offered]], ...] = (
        ("services", tenant.services),
        ("actions", tenant.actions),
    )
    for family, group in groups:
        for name, offered in group.items():
            for language, title in offered.names.items():
                yield f"{family}.{name}", f"names.{language}", language, title
            for language, phrases in offered.words.items():
                for number, phrase in enumerate(phrases):
                    yield f"{family}.{name}", f"words.{language}[{number}]", language, phrase
