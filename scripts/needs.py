"""The needs of functions: the environment, roles and packages that each need of the manifest brings.

A function of the manifest names its needs. Terraform derives the same in terraform/manifest/needs.tf.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.formats.json_schema import one_of

#: Breaches of a rule: the field, and a message with the expectation.
Breaches = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Need:
    """One entry of `needs`. All functions have it if `always`; otherwise only the functions that name it."""

    name: str
    always: bool
    environment: tuple[str, ...]
    roles: tuple[str, ...]
    #: The IAM role on each bucket.
    buckets: Mapping[str, str]
    #: Extras of pyproject.toml.
    dependencies: tuple[str, ...]


def read(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Need]:
    """Returns the manifest's needs by name. `entries` fits the schema."""
    return {
        name: Need(
            name,
            always=entry.get("always", False),
            environment=tuple(entry.get("environment", ())),
            roles=tuple(entry.get("roles", ())),
            buckets=entry.get("buckets", {}),
            dependencies=tuple(entry.get("dependencies", ())),
        )
        for name, entry in entries.items()
    }


def derived(needs: Mapping[str, Need], named: Sequence[str]) -> dict[str, Any]:
    """Returns the fields of a function with these needs. `environment`, `roles` and `dependencies` have each
    value once, in the order of the manifest; `buckets` has the role on each."""
    effective = _effective(needs, named)
    return {
        "environment": _unique(variable for need in effective for variable in need.environment),
        "roles": _unique(role for need in effective for role in need.roles),
        "dependencies": _unique(extra for need in effective for extra in need.dependencies),
        "buckets": {bucket: role for need in effective for bucket, role in need.buckets.items()},
    }


def table_breaches(needs: Mapping[str, Need], named: Mapping[str, Sequence[str]]) -> Breaches:
    """Yields breaches of the rules for the table. `named` has each function's own needs."""
    sources: dict[str, str] = {}
    for name, need in needs.items():
        for role in need.roles:
            if role in sources:
                yield f"needs.{name}.roles", f"{role!r} comes with {sources[role]} (expected it in one need)"
            sources[role] = name
        if not need.always and not any(name in own for own in named.values()):
            yield f"needs.{name}", "no function names it (expected one that does, or always: true)"


def function_breaches(needs: Mapping[str, Need], named: Sequence[str]) -> Breaches:
    """Yields breaches of the rules for one function's own needs."""
    free = [name for name, need in needs.items() if not need.always]
    for name in named:
        if name not in needs:
            yield "needs", f"{name!r} is not a need ({one_of(free)})"
        elif needs[name].always:
            yield "needs", f"{name!r} is every function's already ({one_of(free)})"
    sources: dict[str, str] = {}
    for need in _effective(needs, named):
        for bucket in need.buckets:
            if bucket in sources:
                both = f"{sources[bucket]!r} and {need.name!r}"
                yield "needs", f"{both} both give a role on the bucket {bucket} (expected one of them)"
            sources[bucket] = need.name


def _effective(needs: Mapping[str, Need], named: Sequence[str]) -> list[Need]:
    return [need for need in needs.values() if need.always or need.name in named]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
