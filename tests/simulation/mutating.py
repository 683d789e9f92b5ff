"""Changes the source text of modules while they are imported."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import NamedTuple


class Edit(NamedTuple):
    """A replacement of `old`, which stands exactly once in the module's source."""

    module: str
    old: str
    new: str


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(name, path)
        self._edits = edits

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_source(fullname) or ""
        for edit in self._edits:
            if source.count(edit.old) != 1:
                raise ValueError(f"{fullname} holds {source.count(edit.old)} times: {edit.old!r}")
            source = source.replace(edit.old, edit.new)
        code: CodeType = compile(source, self.path, "exec")
        return code


class Finder(MetaPathFinder):
    """Applies the edits to their modules on import; `sys.meta_path` holds it."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        edits = [edit for edit in self._edits if edit.module == fullname]
        spec = PathFinder.find_spec(fullname, path) if edits else None
        if spec and spec.origin:
            spec.loader = _Loader(fullname, spec.origin, edits)
        return spec
