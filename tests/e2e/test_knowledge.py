"""The demo tenants' sources: read when the run starts, and told with source and section."""

from __future__ import annotations

from tests.e2e.concierge import person, wait_for
from tests.e2e.conftest import LocalRun


def test_answers_from_sources_name_them(own_concierge: LocalRun) -> None:
    wait_for(lambda: own_concierge.log().count("source_read") >= 2, own_concierge.log)
    for tenant, question, source in (
        ("hotel", "Can I use the telescope?", "House guide › Telescope on the roof"),
        (
            "diocese",
            "Combien de livres peut-on emprunter ?",
            "Feuillet de la bibliothèque › Emprunter un livre",
        ),
    ):
        asker = person()
        own_concierge.say(asker, question, tenant=tenant)
        (told,) = own_concierge.until_texts(asker, 1)
        assert source in told
