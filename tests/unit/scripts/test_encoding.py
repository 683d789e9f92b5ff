"""The encoding of exported text files."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import encoding
from shared.errors import ConfigurationError

TEXT = "id;phone;name\n1;+221770000001;Aïssatou Ndèye\n2;+221770000002;Élodie Sène\n"
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "latin-1",
    "cp1252",
    "mac_roman",
    "cp850",
]


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_text_is_read_in_its_encoding(tmp_path: Path, name: str) -> None:
    (tmp_path / "guests.csv").write_bytes(TEXT.encode(name))
    with encoding.opened(tmp_path / "guests.csv") as stream:
        assert stream.read() == TEXT


def test_one_broken_line_does_not_change_the_encoding_of_the_others(tmp_path: Path) -> None:
    lines = [line.encode() for line in TEXT.splitlines()]
    (tmp_path / "guests.csv").write_bytes(b"\n".join([*lines, b"3;+221770000003;Ren\xe9"]))
    with encoding.opened(tmp_path / "guests.csv") as stream:
        assert stream.read().splitlines() == [*TEXT.splitlines(), "3;+221770000003;Ren\ufffd"]


@pytest.mark.parametrize("text", ["André\n", "Müller;Größe\n", "Muñoz;José\n", "Zoë – “x”\n"])
def test_few_letters_are_read_as_windows_writes_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "guests.csv").write_bytes(text.encode("cp1252"))
    with encoding.opened(tmp_path / "guests.csv") as stream:
        assert stream.read() == text


def test_a_workbook_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "guests.xlsx").write_bytes(b"PK\x03\x04\x14\x00")
    with pytest.raises(ConfigurationError, match="save the workbook as CSV"):
        encoding.opened(tmp_path / "guests.xlsx")
    for other in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ConfigurationError, match="FILE="):
            encoding.opened(other)
