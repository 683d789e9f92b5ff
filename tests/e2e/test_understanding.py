"""The local run with embeddings: danger, an opt-out, two questions, another language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.concierge import person
from tests.e2e.conftest import LocalRun


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCIERGE_EMBEDDINGS", "local")
        run = LocalRun(tmp_path_factory.mktemp("understanding"))
        run.start()
    yield run
    run.stop()


@pytest.mark.parametrize(
    ("tenant", "text", "expected"),
    [
        ("hotel", "my son fell in the pool hes not moving help", "I am alerting our team right now."),
        ("hotel", "pls stop texting me", "You will receive nothing more from us."),
        ("hotel", "What time is breakfast? And is there parking?", "_Source:"),
        ("diocese", "Quanto custa a inscrição da catequese?", "Quer dizer:"),
    ],
)
def test_what_people_type_is_understood(served: LocalRun, tenant: str, text: str, expected: str) -> None:
    number = person()
    served.say(number, text, tenant=tenant)
    assert expected in served.until_texts(number, 1)[0]
