"""Documents of a tenant: made from the declared tenant, and turned back into the form that people write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.models.source import Source, SourceSettings
from shared.models.stored import StoredChannel, StoredTenant
from shared.models.tenant import Channel, KnowledgeEntry, Tenant
from shared.models.trigger import DROPPED, Trigger
from shared.tenants.declared import Declared
from shared.tenants.listening import listens

#: Fields by document id, as a console shows them.
Collection = Mapping[str, Mapping[str, Any]]
#: The fields of entries of the knowledge that we keep there ourselves.
_ENTRY_STATE = ("embedded",)
#: The fields of a trigger beside its definition: no file has them.
_STATE = frozenset(Trigger.model_fields) - {"tenant", "trigger", "definition"}
#: The fields of a source that no file has.
_SOURCE_STATE = frozenset(Source.model_fields) - {"tenant", "source", *SourceSettings.model_fields}


@dataclass(frozen=True)
class TenantDocuments:
    """The documents of one tenant."""

    tenant: Tenant
    channels: list[Channel]
    knowledge: list[KnowledgeEntry]
    triggers: list[Trigger] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    #: The files of sources that are declared with a path: by source, the bytes by name.
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)


def documents(declared: Declared) -> TenantDocuments:
    """Returns the documents of a tenant that keeps all rules."""
    tenant = declared.tenant
    settings = {name: getattr(declared, name) for name in Tenant.model_fields}
    return TenantDocuments(
        tenant=Tenant(**(settings | {"listens": listens(declared.triggers)})),
        channels=[
            Channel(tenant=tenant, channel=name, **entry.model_dump())
            for name, entry in declared.channels.items()
        ],
        knowledge=[
            KnowledgeEntry(
                tenant=tenant,
                entry=entry.id,
                topic=_by_language(entry.topic, entry.wordings),
                source=_by_language(entry.source, entry.wordings),
                wordings=entry.wordings,
            )
            for entry in declared.knowledge
        ],
        triggers=[
            Trigger(
                tenant=tenant,
                trigger=name,
                definition=definition.model_dump(mode="json", exclude_defaults=True),
            )
            for name, definition in declared.triggers.items()
        ],
        sources=[
            Source(tenant=tenant, source=name, declared=True, **entry.model_dump())
            for name, entry in declared.sources.items()
        ],
    )


def _by_language(text: str | dict[str, str], languages: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(languages, text) if isinstance(text, str) else text


def written(
    tenant: Mapping[str, Any],
    channels: Collection,
    knowledge: Collection,
    triggers: Collection,
    sources: Collection,
) -> dict[str, Any]:
    """Returns stored documents in the form that people write, ready for `validate`.

    Unknown fields stay in it, so that they are refused, and so do names of the tenant or the document that
    differ from its place. Triggers and sources that are not declared are left out.
    """
    rest = _without(tenant, {}, StoredTenant.ours)
    owner = rest.pop("tenant", None)
    return rest | {
        "id": owner,
        "channels": {name: written_channel(fields, owner, name) for name, fields in channels.items()},
        "knowledge": [
            _spread(_without(fields, {"tenant": owner, "entry": name}, _ENTRY_STATE)) | {"id": name}
            for name, fields in knowledge.items()
        ],
        "triggers": {
            name: _defined(_without(fields, {"tenant": owner, "trigger": name}, _STATE))
            for name, fields in triggers.items()
            if fields.get("why") != DROPPED
        },
        "sources": {
            name: _without(fields, {"tenant": owner, "source": name}, _SOURCE_STATE)
            for name, fields in sources.items()
            if fields.get("declared") and not fields.get("dropped")
        },
    }


def written_channel(fields: Mapping[str, Any], tenant: Any, channel: Any) -> dict[str, Any]:
    """Returns a stored channel in the form that people write, with all that is wrong in it."""
    return _without(fields, {"tenant": tenant, "channel": channel}, StoredChannel.ours)


def _without(fields: Mapping[str, Any], keys: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields.items()
        if name not in names and (name not in keys or value != keys[name])
    }


def _spread(entry: dict[str, Any]) -> dict[str, Any]:
    """Returns the entry with its wordings beside its fields, if they are a map that hides no field."""
    wordings = entry.get("wordings")
    if not isinstance(wordings, dict) or wordings.keys() & {"id", *entry}:
        return entry
    return {name: value for name, value in entry.items() if name != "wordings"} | wordings


def _defined(trigger: dict[str, Any]) -> Any:
    """Returns the definition, with the trigger's unknown fields if there are any."""
    definition = trigger.pop("definition", {})
    return definition | trigger if trigger and isinstance(definition, dict) else definition
