"""`make knowledge TENANT=… [PATH=… | URL=… | DROP=…] [PROJECT=… ENV=…]`: sources of a tenant's knowledge.

    make knowledge TENANT=hotel                            list the sources, each with how it is
    make knowledge TENANT=hotel PATH=guide.pdf             add a file, or a folder with its files, and read it
    make knowledge TENANT=hotel URL=https://example.org    add a page that is read again each day
    make knowledge TENANT=hotel PATH=guide.pdf DRY=1       read it and write nothing
    make knowledge TENANT=hotel DROP=guide                 take a source back with its pieces

TITLE=… is told to people as the source of an answer. Files that cannot be read are listed with the reason and
the remedy, and the status is 1; the others are indexed. The same command again takes over changes. Of the
local run or of a deployment (scripts/deployment.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from scripts import deployment, source_files
from shared.errors import ConfigurationError, Drop, Retry
from shared.formats.files import Unreadable
from shared.knowledge.cutting import cut
from shared.knowledge.reading import FILE_BYTES, apart
from shared.language.folding import folded
from shared.models.source import SOURCES, Source, SourceItem, StoredFile
from shared.models.tenant import Tenant
from shared.platform.logs import clean_text
from shared.sources import Broken, Known
from shared.upkeep.sources import items
from shared.upkeep.sources.adding import Adding
from shared.wiring.knowledge import KnowledgeParts, wire
from shared.wiring.process import parts

_NAMES = ("tenant", "path", "url", "title", "drop", "dry")


@dataclass
class Report:
    """The number of pieces, the names of items that were indexed or unchanged, and a line for each that was
    refused."""

    source: str
    pieces: int = 0
    indexed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    try:
        _check(arguments)
        deployment.choose()
        with deployment.access():
            report = asyncio.run(_run(arguments, parts(wire)))
    except Drop as drop:
        sys.exit(f"{drop.reason.replace('_', ' ')}: try again in some minutes")
    except (ConfigurationError, Retry) as error:
        sys.exit(clean_text(str(error), 2_000))
    shown = report if isinstance(report, list) else lines(arguments.tenant, report, dry=bool(arguments.dry))
    for line in shown:
        print(clean_text(line, 1_000))
    sys.exit(1 if isinstance(report, Report) and report.refused else 0)


def lines(tenant: str, report: Report, *, dry: bool) -> Iterator[str]:
    """Yields the report: the counts, then a line for each file that was refused."""
    counts = (
        f"{len(report.indexed)} indexed, {len(report.unchanged)} unchanged, {len(report.refused)} refused"
    )
    yield f"{tenant}, {report.source}: {'would be: ' if dry else ''}{counts}; {report.pieces} pieces"
    yield from (f"  {line}" for line in report.refused)


async def _run(arguments: argparse.Namespace, wired: KnowledgeParts) -> Report | list[str]:
    tenant = await wired.directory.tenant(arguments.tenant)
    if tenant is None:
        raise ConfigurationError(f"TENANT is {arguments.tenant!r}: there is no such tenant")
    if arguments.drop:
        return await _drop(tenant, arguments.drop, wired)
    if arguments.path or arguments.url:
        return await _add(tenant, arguments, wired)
    sources = await wired.store.query(Source, limit=SOURCES, tenant=tenant.tenant)
    return [
        f"{each.source} ({each.kind}, {each.pieces} pieces, next at {each.due_at:%Y-%m-%d %H:%M}): {each.why}"
        for each in sources
    ] or [f"{tenant.tenant} has no sources (expected PATH=… or URL=… to add one)"]


async def _drop(tenant: Tenant, source: str, wired: KnowledgeParts) -> list[str]:
    await Adding(wired.store, wired.blobs).drop(tenant.tenant, source)
    await wired.refresh.run(tenant.tenant, source)
    return [f"{tenant.tenant}, {source}: dropped"]


async def _add(tenant: Tenant, arguments: argparse.Namespace, wired: KnowledgeParts) -> Report:
    """Stores and reads a source; with DRY=1 it is only read."""
    wanted = source(tenant, arguments)
    before = await wired.store.get(Source, tenant=tenant.tenant, source=wanted.source)
    if before is not None and before.declared:
        raise ConfigurationError(f"{wanted.source!r} stands in the tenant's file (expected another name)")
    collected = source_files.Collected()
    if arguments.path:
        collected = source_files.collect(Path(arguments.path))
    report = Report(
        wanted.source, refused=[f"{name} {problem}." for name, problem in collected.refused.items()]
    )
    if arguments.dry:
        return await _read(wanted, collected.files, wired, report)
    if arguments.path and not collected.files and before is None:
        return report
    kept: list[StoredFile] = (
        [each for each in before.files if each.name in collected.refused] if before else []
    )
    await Adding(wired.store, wired.blobs).add(wanted, collected.files, kept)
    found = await wired.refresh.run(tenant.tenant, wanted.source)
    return _reported(report, before, found)


def source(tenant: Tenant, arguments: argparse.Namespace) -> Source:
    """Returns the document of a source, named by its path or address."""
    if arguments.path:
        place = Path(arguments.path)
        name, kind, settings = (place.stem or place.name), "file", dict[str, str]()
    else:
        split = urlsplit(arguments.url)
        if split.scheme != "https" or not split.hostname:
            raise ConfigurationError(f"URL is {arguments.url[:200]!r} (expected https://…)")
        name, kind, settings = f"{split.hostname}{split.path}", "page", {"url": arguments.url}
    slug = re.sub("[^a-z0-9]+", "-", folded(name)).strip("-")[:60]
    if not slug:
        raise ConfigurationError(f"{name!r} has no letters for a name (expected another name)")
    return Source(tenant=tenant.tenant, source=slug, kind=kind, title=arguments.title, settings={**settings})


async def _read(wanted: Source, files: Mapping[str, bytes], wired: KnowledgeParts, report: Report) -> Report:
    """Reads a source without writing."""
    for name, data in files.items():
        await _count(report, name, data, "")
    if wanted.kind == "page":
        fetcher = wired.directory.source(wanted, wired.blobs, FILE_BYTES)
        try:
            for item in (await fetcher.look(Known({}))).items or ():
                content = (await items.load(wanted, item)).content
                await _count(report, item.name, content.data, content.media_type)
        except (Broken, Unreadable) as problem:
            report.refused.append(f"{wanted.settings['url']}: {problem}")
    return report


async def _count(report: Report, name: str, data: bytes, media_type: str) -> None:
    try:
        blocks = await apart.read(data, name, media_type)
    except Unreadable as refused:
        report.refused.append(f"{name} {refused}.")
        return
    report.indexed.append(name)
    report.pieces += len(list(cut(blocks, name, source=report.source, item=name)))


def _reported(report: Report, before: Source | None, after: Source | None) -> Report:
    if after is None:
        return report
    known: dict[str, SourceItem] = {item.id: item for item in before.items} if before else {}
    for item in after.items:
        if item.why:
            report.refused.append(item.why)
        elif item.id in known and known[item.id].digest == item.digest:
            report.unchanged.append(item.name)
        else:
            report.indexed.append(item.name)
    if not after.items and not after.working:
        report.refused.append(after.why)
    report.pieces = after.pieces
    return report


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.tenant:
        raise ConfigurationError("TENANT is missing (expected make knowledge TENANT=… PATH=… or URL=…)")
    if sum(bool(each) for each in (arguments.path, arguments.url, arguments.drop)) > 1:
        raise ConfigurationError("PATH, URL and DROP are given together (expected one of them)")
    if arguments.dry not in ("", "0", "1"):
        raise ConfigurationError(f"DRY={arguments.dry[:20]}: expected 1, or nothing")
    arguments.dry = arguments.dry == "1"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make knowledge", description="Adds and lists sources of knowledge."
    )
    for name in _NAMES:
        # PATH of the environment is the shell's.
        default = "" if name == "path" else os.environ.get(name.upper(), "")
        parser.add_argument(f"--{name}", default=default, help=f"{name.upper()}=…")
    return parser.parse_args()


if __name__ == "__main__":
    main()
