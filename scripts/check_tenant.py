"""`make check-tenant TENANT=… [PROJECT=… ENV=…]`: checks a tenant's file, and asks its sources of records.

Each source is asked for the fields that profiles and actions name, and each call of an HTTP API is made with
a value that nobody has; calls that change records are not. A line tells each problem, with the nearest name;
then the status is 1. Of the local run, which has to be up, or of a deployment (scripts/deployment.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import deployment, tenant_file, yaml_file
from scripts.local import seed
from shared.errors import ConfigurationError, Retry
from shared.formats.nearest import unknown
from shared.models.service import RecordsEntry
from shared.models.tenant import Tenant
from shared.platform.blobs import Blobs
from shared.platform.logs import clean_text
from shared.platform.secrets import Secrets
from shared.records import Broken, Question, Records
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.tenants.validation import Invalid, validate
from shared.wiring.process import surroundings

#: A value that no record has.
NOBODY = "check-tenant-0"


@dataclass(frozen=True)
class Use:
    """The use of one table or call: `fields` are the names of its fields by their places in the file, `given`
    those whose values it is asked with, and `asked_by` those that have to narrow it."""

    of: str
    place: str
    fields: Mapping[str, str]
    given: frozenset[str]
    asked_by: frozenset[str]


@dataclass(frozen=True)
class Line:
    text: str
    is_problem: bool = False


def main() -> None:
    arguments = _arguments()
    try:
        path = _path(arguments.tenant)
        problems = [f"{field}: {message}" for field, message in _problems(path)]
        if problems:
            sys.exit("\n".join(f"{path.name}: {clean_text(each, 1_000)}" for each in problems))
        file = tenant_file.load(path)
        if deployment.choose():
            (file,) = seed.localised([file], deployment.local_origin())
            os.environ.update(seed.secrets([file], os.environ))
        with deployment.access():
            ports, directory = surroundings()
            found = asyncio.run(_all(check(file.tenant, directory, ports.secrets, ports.blobs)))
    except (ConfigurationError, Retry) as error:
        sys.exit(clean_text(str(error), 2_000))
    wrong = sum(line.is_problem for line in found)
    told = (
        f"{wrong} of these lines {'is a problem' if wrong == 1 else 'are problems'}"
        if wrong
        else "all is right"
    )
    for line in [*found, Line(f"{path.name}: {told}")]:
        print(clean_text(line.text, 1_000))
    sys.exit(1 if wrong else 0)


async def check(tenant: Tenant, directory: Directory, secrets: Secrets, blobs: Blobs) -> AsyncIterator[Line]:
    """Yields a line for each secret, table and call of a tenant's records, and for each problem."""
    for name, entry in tenant.records.items():
        place, missing = f"records.{name}", False
        for role, secret in entry.secrets.items():
            try:
                await secrets.get(secret)
                yield Line(f"{place}.secrets.{role}: {secret} is there")
            except ConfigurationError as error:
                missing = True
                yield Line(f"{place}.secrets.{role}: {error}", is_problem=True)
        if missing:
            continue
        try:
            async for line in _asked(place, entry, list(uses(tenant, name)), directory, tenant, blobs):
                yield line
        except (Broken, ConfigurationError, Retry) as error:
            yield Line(f"{place}: {error}", is_problem=True)
        except TimeoutError:
            yield Line(f"{place}: did not answer within {entry.seconds} s", is_problem=True)


async def _asked(
    place: str,
    entry: RecordsEntry,
    used: Sequence[Use],
    directory: Directory,
    tenant: Tenant,
    blobs: Blobs,
) -> AsyncIterator[Line]:
    """Yields the lines of one source. Raises Broken, ConfigurationError, Retry, TimeoutError."""
    if not used:
        yield Line(f"{place}: no profile and no action asks it")
    source = directory.records(tenant, place.removeprefix("records."), blobs)
    for use in used:
        async with asyncio.timeout(entry.seconds):
            if plugins.record_terms(entry.kind).calls:
                lines = await _call(source, entry, use)
            else:
                lines = await _table(source, use)
        for line in lines:
            yield line


async def _table(source: Records, use: Use) -> list[Line]:
    """Returns the lines of a table: whether it answers, and each field that it does not have."""
    known = await source.fields(use.of)
    told = "answers" if known else "answers, without records: its fields are not known"
    return [Line(f"{use.place}: {use.of} {told}")] + [
        Line(f"{place}: {unknown('field', field, sorted(known))}", is_problem=True)
        for place, field in use.fields.items()
        if known and field not in known
    ]


async def _call(source: Records, entry: RecordsEntry, use: Use) -> list[Line]:
    """Returns the lines of a call. One that only reads is made, with a value that nobody has."""
    if problems := list(_call_problems(entry, use)):
        return problems
    if entry.calls[use.of].method != "GET":
        return [Line(f"{use.place}: the call {use.of} is not made: it may change records")]
    await source.find(Question(use.of, {name: [NOBODY] for name in use.given}, [], 1))
    return [Line(f"{use.place}: the call {use.of} answers")]


def _call_problems(entry: RecordsEntry, use: Use) -> Iterator[Line]:
    """Yields a line if there is no such call, or if its names are not those of the question."""
    if use.of not in entry.calls:
        yield Line(f"{use.place}: {unknown('call', use.of, entry.calls)}", is_problem=True)
        return
    needed = entry.calls[use.of].names
    for name in sorted(needed - use.given):
        yield Line(f"{use.place}: the call {use.of} needs {name!r}, which it is not given", is_problem=True)
    for name in sorted(use.asked_by - needed):
        told = f"the call {use.of} does not ask by {name!r}: it would answer with records of all"
        yield Line(f"{use.place}: {told}", is_problem=True)


def uses(tenant: Tenant, records: str) -> Iterator[Use]:
    """Yields each use of a source by the proofs and the actions of a tenant."""
    for name, profile in tenant.profiles.items():
        proof, place = profile.proof, f"profiles.{name}.proof"
        if proof.records == records:
            shown = {"code": proof.code, "name": proof.name, "email": proof.email, "phone": proof.phone}
            fields = {f"{place}.{part}": field for part, field in shown.items() if field}
            fields |= {f"{place}.keeps.{part}": field for part, field in proof.keeps.items()}
            asked_by = frozenset({proof.code})
            yield Use(proof.of, place, fields, asked_by, asked_by)
    for name, action in tenant.actions.items():
        place, asked_by = f"actions.{name}", frozenset(action.where)
        if action.records != records:
            continue
        fields = {f"{place}.where.{field}": field for field in action.where}
        fields |= {f"{place}.fields.{part}": field for part, field in action.fields.items()}
        fields |= {f"{place}.order": action.order.removeprefix("-")} if action.order else {}
        yield Use(action.of, place, fields, asked_by, asked_by)
        if action.changes:
            sets = {f"{place}.changes.sets.{field}": field for field in action.changes.sets}
            given = asked_by | frozenset(action.changes.sets)
            yield Use(action.changes.of or action.of, f"{place}.changes", sets, given, asked_by)


async def _all(lines: AsyncIterator[Line]) -> list[Line]:
    return [line async for line in lines]


def _path(tenant: str) -> Path:
    """Returns the file of a tenant. Raises ConfigurationError if there is none."""
    paths = {path.stem: path for path in tenant_file.files(tenant_file.FOLDER)}
    if not tenant:
        raise ConfigurationError("TENANT is missing (expected make check-tenant TENANT=…)")
    if tenant not in paths:
        raise ConfigurationError(f"TENANT: {unknown('tenant', tenant, paths)}")
    return paths[tenant]


def _problems(path: Path) -> Sequence[tuple[str, str]]:
    """Returns all that is wrong with a file by itself."""
    try:
        validate(yaml_file.read(path))
    except Invalid as invalid:
        return [(problem[0], problem[1]) for problem in invalid.problems]
    return []


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make check-tenant", description="Checks a tenant and its records.")
    parser.add_argument("--tenant", default=os.environ.get("TENANT", ""), help="its name (TENANT=…)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
