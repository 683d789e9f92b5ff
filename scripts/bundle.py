"""`make bundle`: each function as the platform takes it: a folder in build/bundles/, and a zip beside it.

A bundle is main.py and requirements.txt at its root (https://cloud.google.com/functions/docs/writing) and the
core in shared/, without what this function can never use. The same tree gives the same bytes, everywhere: the
zip's name in the cloud is its hash, so what has not changed is not deployed again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from scripts import manifest
from scripts.manifest import Function
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError

BUNDLES = ROOT / "build" / "bundles"
#: The laptop's adapters: imported by wiring only where the settings name them, which no deployed ones do.
LOCAL = frozenset(
    {
        "shared/platform/bus/pusher.py",
        "shared/platform/bus/sqlite.py",
        "shared/platform/store/sql.py",
        "shared/platform/store/sqlite.py",
        "shared/platform/traces/log.py",
    }
)
#: The first moment that a zip can tell (APPNOTE.TXT, 4.4.6), and a plain file that all may read.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16


def files(function: Function, families: set[str]) -> dict[str, Path]:
    """What the function's bundle holds: names in it, in order, and where each comes from. `families` are the
    plugin families of all functions."""
    home = ROOT / "functions" / function.name
    found = {name: home / name for name in ("main.py", "requirements.txt")}
    unused = tuple(f"shared/{family}/" for family in families - set(function.plugins))
    port = re.compile(rf"shared/({'|'.join(families)})/_\w+\.py")  # every use case may name one
    for path in _sources(ROOT / "shared"):
        name = path.relative_to(ROOT).as_posix()
        if name not in LOCAL and (port.fullmatch(name) or not name.startswith(unused)):
            found[name] = path
    return dict(sorted(found.items()))


def stage(function: Function, families: set[str], folder: Path) -> None:
    """Makes the folder anew with the bundle's files in it."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, source in files(function, families).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def pack(folder: Path, archive: Path) -> str:
    """Zips the folder's files and returns the archive's SHA-256. Nothing of this machine gets in: no times,
    modes or order of its file system, and no compression, whose bytes depend on zlib's version."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _LONG_AGO)
            entry.create_system, entry.external_attr = 3, _PLAIN_FILE  # Unix, wherever it is made
            packed.writestr(entry, path.read_bytes())
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def make(folder: Path = BUNDLES) -> dict[str, str]:
    """Bundles all functions, and returns their hashes. Raises ConfigurationError for a wrong manifest."""
    functions = manifest.load().functions
    families = {family for function in functions.values() for family in function.plugins}
    shutil.rmtree(folder, ignore_errors=True)
    hashes = {}
    for function in functions.values():
        stage(function, families, folder / function.name)
        hashes[function.name] = pack(folder / function.name, folder / f"{function.name}.zip")
    return hashes


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".pyc", ".md") and not path.name.startswith("."):
            yield path


def main() -> None:
    try:
        hashes = make()
    except ConfigurationError as error:
        sys.exit(str(error))
    for name, digest in hashes.items():
        size = (BUNDLES / f"{name}.zip").stat().st_size
        print(f"{digest}  build/bundles/{name}.zip  {size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
