"""One run of the whole concierge for the attempts of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.run import Run, running


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with running(tmp_path_factory.mktemp("run")) as served:
        yield served
