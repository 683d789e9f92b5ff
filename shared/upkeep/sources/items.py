"""One item of a source: from its bytes to pieces with vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from shared.embeddings.attempts import Attempts
from shared.formats.files import Unreadable
from shared.knowledge.cutting import Cut, cut
from shared.knowledge.reading import ENDINGS, FILE_BYTES, Block, size_problem
from shared.language.detection import detect
from shared.models.source import Source, SourcePiece
from shared.models.tenant import Embedded, Tenant
from shared.sources import Content, Item, Oversized
from shared.upkeep.sources.writing import ITEM_PIECES

#: Reads a file (knowledge/reading): its bytes, name and media type. Raises Unreadable.
Read = Callable[[bytes, str, str], Awaitable[Sequence[Block]]]
#: Texts that are embedded together.
_TOGETHER = 50


@dataclass(frozen=True)
class Loaded:
    """An item's content; `digest` is the same if and only if its pieces would be."""

    content: Content
    digest: str


async def load(source: Source, item: Item) -> Loaded:
    """Loads an item. Raises Broken; Unreadable if it is too large."""
    try:
        content = await item.load()
    except Oversized as oversized:
        raise Unreadable(size_problem(oversized.size or FILE_BYTES + 1)) from None
    parts = (item.name, source.title, source.language or "", content.media_type)
    named = hashlib.sha256("\x1f".join(parts).encode(errors="replace") + content.data)
    return Loaded(content, named.hexdigest()[:24])


async def cuts(source: Source, item: Item, loaded: Loaded, read: Read) -> list[Cut]:
    """Returns an item's pieces without vectors. Raises Unreadable."""
    blocks = await read(loaded.content.data, item.name, loaded.content.media_type)
    found = list(cut(blocks, _title(source, item), source=source.source, item=item.id))
    if not found:
        raise Unreadable("has no text: fill it, or remove it")
    if len(found) > ITEM_PIECES:
        raise Unreadable(f"has {len(found)} pieces, more than the {ITEM_PIECES} that are kept: split it")
    return found


def _title(source: Source, item: Item) -> str:
    """Returns the source's title; without one, and for a source of several items, that of the item."""
    if source.title and (source.kind != "drive" and len(source.files) < 2):
        return source.title
    path = PurePath(item.name)
    stem = path.stem if path.suffix.lower() in ENDINGS else item.name
    return f"{source.title} › {stem}" if source.title else stem


def pieces(tenant: Tenant, source: Source, item: Item, found: Sequence[Cut]) -> list[SourcePiece]:
    """Returns the documents of an item's pieces, still without vectors."""
    fallback = source.language or tenant.languages[0]
    return [
        SourcePiece(
            tenant=tenant.tenant,
            piece=each.id,
            source=source.source,
            item=item.id,
            title=each.title,
            topic=each.topic,
            page=each.page,
            text=each.text,
            language=detect(tenant, each.text, fallback),
            digest=each.digest,
        )
        for each in found
    ]


async def embed(
    wanted: Sequence[SourcePiece],
    stored: Sequence[SourcePiece],
    embedder: Attempts | None,
    *,
    in_store: bool,
) -> bool:
    """Gives each wanted piece its vector: of a stored piece with the same words, else a new one.

    With `in_store`, the store can search it too. Returns whether all have one (also without an embedder).
    """
    name = embedder.name if embedder else ""
    known: dict[str, Embedded] = {
        each.digest: each.embedded for each in stored if each.embedded and each.embedded.of == name
    }
    texts = {each.digest: f"{each.title}\n{each.text}" for each in wanted if each.digest not in known}
    complete = embedder is None or await _add(known, texts, embedder)
    for piece in wanted:
        piece.embedded = known.get(piece.digest)
        piece.vector = _numbers(piece.embedded) if in_store and piece.embedded else None
    return complete


async def _add(known: dict[str, Embedded], texts: dict[str, str], embedder: Attempts) -> bool:
    from shared.knowledge.vectors import packed

    missing = list(texts)
    for start in range(0, len(missing), _TOGETHER):
        group = missing[start : start + _TOGETHER]
        vectors = await embedder.embed([texts[digest] for digest in group])
        if vectors is None:
            return False
        for place, digest in enumerate(group):
            known[digest] = Embedded(of=embedder.name, vectors=packed(vectors[place : place + 1]))
    return True


def _numbers(embedded: Embedded) -> list[float]:
    from shared.knowledge.vectors import unpacked

    return [round(float(number), 5) for number in unpacked(embedded.vectors)[0]]
