"""Size in bytes of a document in Firestore, which is at most 1 MiB.

https://firebase.google.com/docs/firestore/storage-size
"""

from __future__ import annotations

from shared.models.document import Document

_DOCUMENT, _NAME, _NUMBER = 32, 16, 8


def document(doc: Document) -> int:
    """Returns the size of a document: its name, its fields, and Firestore's overhead."""
    segments = doc.location().split("/")
    return sum(map(text, segments)) + _NAME + value(doc.model_dump()) + _DOCUMENT


def value(held: object) -> int:
    """Returns the size of a field's value (text, number, time, list or map), without the field's name."""
    match held:
        case str():
            return text(held)
        case None | bool():
            return 1
        case dict():
            return sum(text(name) + value(each) for name, each in held.items())
        case list():
            return sum(map(value, held))
    return _NUMBER


def text(words: str) -> int:
    """Returns the size of a text: its UTF-8 and one closing byte."""
    return (len(words) if words.isascii() else len(words.encode())) + 1
