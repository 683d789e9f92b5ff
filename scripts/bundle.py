"""`make bundle`: makes each function's deployable bundle: a folder in build/bundles/, and a zip beside it.

A bundle is main.py and requirements.txt at its root (https://cloud.google.com/functions/docs/writing) and the
core in shared/, without the modules that this function cannot use. The same tree gives the same bytes on
every machine. The zip's name in the cloud is its hash, so an unchanged function is not deployed again.
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
from shared.embeddings import prepared
from shared.errors import ConfigurationError

BUNDLES = ROOT / "build" / "bundles"
#: Adapters of the local run: wiring imports them only if the settings name them; deployed settings do not.
LOCAL = frozenset(
    {
        "shared/platform/bus/pusher.py",
        "shared/platform/bus/sqlite.py",
        "shared/platform/store/sql.py",
        "shared/platform/store/sqlite.py",
        "shared/platform/traces/log.py",
    }
)
#: The earliest time that a zip can store (APPNOTE.TXT, 4.4.6), and the mode of a plain file, readable by all.
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16


def files(function: Function, families: set[str]) -> dict[str, Path]:
    """Returns the bundle's files in order: name in the bundle to source path. `families` are the plugin
    families of all functions."""
    home = ROOT / "functions" / function.name
    found = {name: home / name for name in ("main.py", "requirements.txt")}
    unused = (
        "shared/embeddings/prepared/",
        *(() if "pages" in function.dependencies else ("shared/pages/fonts/",)),
        *(f"shared/{family}/" for family in families - set(function.plugins)),
    )
    port = re.compile(rf"shared/({'|'.join(families)})/_\w+\.py")  # any use case may import a port
    for path in _sources(ROOT / "shared"):
        name = path.relative_to(ROOT).as_posix()
        if name not in LOCAL and (port.fullmatch(name) or not name.startswith(unused)):
            found[name] = path
    if "embeddings" in function.dependencies:
        found |= {path.relative_to(ROOT).as_posix(): path for path in prepared.files()}
    return dict(sorted(found.items()))


def stage(function: Function, families: set[str], folder: Path) -> None:
    """Recreates the folder with the bundle's files."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, source in files(function, families).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def pack(folder: Path, archive: Path) -> str:
    """Zips the folder's files and returns the archive's SHA-256. The archive depends on no machine: fixed
    times, modes and order, and no compression, since its bytes depend on zlib's version."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _FIXED_TIME)
            entry.create_system, entry.external_attr = 3, _PLAIN_FILE  # Unix, also if made on another system
            packed.writestr(entry, path.read_bytes())
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def make(folder: Path = BUNDLES) -> dict[str, str]:
    """Bundles all functions and returns their hashes. Raises ConfigurationError if the manifest is wrong."""
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
