"""Fixed texts: the tenant's wording in the person's language; placeholders inside values stay as they are."""

from __future__ import annotations

import pytest

from shared.language.languages import shipped
from shared.language.texts import missing, names, text
from shared.models.tenant import Tenant


def tenant(**more: object) -> Tenant:
    return Tenant.model_validate({"tenant": "t", "name": "Parish {opening}", "languages": ["fr"], **more})


@pytest.mark.parametrize("language", [*shipped(), "xx", ""])
def test_every_text_is_there_whatever_the_language(language: str) -> None:
    assert all(text(tenant(), language, key, opening="8h") for key in names())


def test_the_tenants_own_wording_comes_first() -> None:
    own = tenant(texts={"fr": {"thanks": "De rien, {name}."}})
    assert text(own, "fr", "thanks") == "De rien, Parish {opening}."
    assert text(own, "en", "thanks").startswith("You are welcome")


def test_a_value_is_never_read_as_a_template() -> None:
    told = text(tenant(), "en", "staff_title", number="3", name="{reason} {number}", reason="{name}")
    assert told == "Request #3: {reason} {number}, {name}"


def test_the_language_of_the_person_then_of_the_tenant_then_english() -> None:
    assert text(tenant(), "en", "thanks").startswith("You")
    assert text(tenant(), "wo", "thanks").startswith("Ñoo")
    assert text(tenant(), "xx", "thanks").startswith("Avec")
    assert text(tenant(languages=["xx"]), "xx", "thanks").startswith("You")


def test_an_added_language_has_the_tenants_texts_and_for_the_rest_its_next_language() -> None:
    own = tenant(languages=["ff", "pt"], texts={"ff": {"thanks": "Enen ndendi!"}})
    assert text(own, "ff", "thanks") == "Enen ndendi!"
    assert text(own, "ff", "welcome").startswith("Olá!")
    assert set(missing(own, "ff")) == names() - {"thanks"}
    assert missing(own, "pt") == []
