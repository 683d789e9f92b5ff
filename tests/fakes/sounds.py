"""Voice notes without a voice: the pages of an Ogg file that tell its length."""

from __future__ import annotations


def opus(seconds: float, content: bytes = b"") -> bytes:
    """Returns an Opus sound in Ogg of this length (s), with any bytes as its content."""
    end = int(seconds * 48_000).to_bytes(8, "little")
    return b"OggS\x00\x02" + bytes(20) + b"OpusHead" + bytes(11) + content + b"OggS\x00\x04" + end + bytes(14)
