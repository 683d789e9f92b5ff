"""Tenant files (infra/tenants/*.yaml and demo/*.yaml): read here, checked by shared/tenants/validation.py.

`python -m scripts.tenant_file [FILE …]` checks files; `--schema` prints the JSON Schema for editors, which is
kept as infra/tenant.schema.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from scripts import source_files, yaml_file
from scripts.manifest import TENANTS
from shared.channels import Connection
from shared.errors import ConfigurationError
from shared.models.source import Source
from shared.models.tenant import Channel
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins, rules, trigger_gaps
from shared.tenants.declared import schema
from shared.tenants.documents import TenantDocuments
from shared.tenants.validation import Invalid, validate

#: The tenants of the deployment, and the demo tenants of the local run and the tests.
FOLDER = yaml_file.ROOT / "infra" / "tenants"
DEMO = FOLDER / "demo"


class Secret(NamedTuple):
    """A secret of a tenant: `role` is its name in the family's files, `name` its name in the secret store,
    and `owner` the part of the tenant that uses it."""

    family: str
    role: str
    name: str
    owner: str


def secrets(file: TenantDocuments) -> list[Secret]:
    """Returns the secrets of a tenant, as Terraform grants them (terraform/manifest/secrets.tf).

    One that has several roles is there once for each.
    """
    tenant = file.tenant
    kept: list[tuple[str, str, Iterable[tuple[str, str]]]] = [
        *(("channels", f"channel {each.channel}", each.secrets.items()) for each in file.channels),
        *(("notifiers", f"notifier {name}", each.secrets.items()) for name, each in tenant.notifiers.items()),
        *(("sources", f"source {each.source}", each.secrets.items()) for each in file.sources),
        *(("records", f"records {name}", each.secrets.items()) for name, each in tenant.records.items()),
        ("llm", f"provider {tenant.answers.provider}", tenant.answers.secrets.items()),
        *(
            ("llm", f"model {name}", [("api_key", key) for key in each.keys])
            for name, each in tenant.answers.models.items()
        ),
        (TENANTS, "tenant itself", tenant.secrets.items()),
    ]
    return [Secret(family, role, name, owner) for family, owner, roles in kept for role, name in roles]


def files(folder: Path, *, demo: bool = True) -> list[Path]:
    """Returns the tenants' files of a folder, the demo tenants' after the others."""
    return sorted(folder.glob("*.yaml")) + (sorted((folder / DEMO.name).glob("*.yaml")) if demo else [])


def load(path: Path) -> TenantDocuments:
    """Reads a tenant file and checks it. Raises ConfigurationError, one line, for the first error."""
    try:
        found = validate(yaml_file.read(path))
    except Invalid as invalid:
        raise yaml_file.problem(path, *invalid.problems[0]) from None
    stored = {each.source: _files(path, each) for each in found.sources if "path" in each.settings}
    return replace(found, files=stored)


def _files(path: Path, source: Source) -> dict[str, bytes]:
    """Returns the files that a source declares. Raises ConfigurationError for one that cannot be read."""
    place = path.parent / str(source.settings["path"])
    try:
        found = source_files.collect(place)
    except ConfigurationError as error:
        raise yaml_file.problem(path, f"sources.{source.source}.settings.path", str(error)) from None
    if found.refused:
        name, problem = next(iter(found.refused.items()))
        raise yaml_file.problem(path, f"sources.{source.source}.settings.path", f"{name} {problem}")
    return found.files


def gaps(file: TenantDocuments, now: datetime) -> list[str]:
    """Returns a line for each gap of a tenant that is right. Raises ConfigurationError if a channel's
    settings are unusable."""
    windowed = {each.channel for each in file.channels if file.triggers and _has_window(each, now)}
    return [*rules.gaps(file.tenant, now), *trigger_gaps.gaps(file, windowed, now)]


def _has_window(channel: Channel, now: datetime) -> bool:
    async def secret(name: str) -> str:
        raise ConfigurationError(f"{channel.location()}: secrets.{name} is not read here")

    connection = Connection(channel, secret, HttpxHttp(), lambda: now)
    return plugins.channel(channel.kind, connection).terms.window is not None


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks tenants' files.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="all of infra/tenants by default")
    parser.add_argument("--schema", action="store_true", help="print infra/tenant.schema.json")
    arguments: Any = parser.parse_args()
    if arguments.schema:
        print(json.dumps(schema(), indent=2, ensure_ascii=False))
        return
    for path in arguments.files or files(FOLDER):
        try:
            found = load(path)
            lines = gaps(found, datetime.now(UTC))
        except ConfigurationError as error:
            sys.exit(str(error))
        numbers = f"{len(found.channels)} channels, {len(found.knowledge)} entries of knowledge"
        print(f"{path.name}: {numbers}, {len(found.triggers)} triggers")
        for line in lines:
            print(f"{path.name}: {line}")


if __name__ == "__main__":
    main()
