"""Services of an organisation as people write them: what it offers, to whom, and what a proven person sees.

A service of the kind `gated` leads to a profile. A profile names the proof of an identity and the actions
of a person who gave it; an action binds one access to records, with parameters of that identity only.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.models.attributes import AttributeName
from shared.models.staff import Day, Interval, Language, Role, Slug, Strict

ServiceKind = Literal["information", "gated", "human", "admin"]
PageKind = Literal["text", "certificate", "invoice", "schedule"]
#: A title as it stands in a menu, and words that choose a thing.
Title = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Phrase = Annotated[str, StringConstraints(min_length=2, max_length=80)]
#: The name of a field, a table or a call, as the source has it.
Named = Annotated[str, StringConstraints(min_length=1, max_length=200)]
#: A template (formats/templates.py).
Wording = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Offered(Strict):
    """A thing that people choose: by its name in a menu, or by words of theirs."""

    names: dict[Language, Title] = Field(min_length=1)
    words: dict[Language, list[Phrase]] = {}


class Service(Offered):
    """A service. `open` are its hours, always without any; `channels` those on which it is offered, all
    without any.

    `profile` is of `gated` alone, `roles` of `admin`, and `topics` (entries of the knowledge whose topics it
    offers, all without any) of `information`.
    """

    kind: ServiceKind
    open: dict[Day, list[Interval]] = {}
    channels: list[Slug] = Field([], max_length=50)
    profile: Slug | None = None
    roles: list[Role] = Field([], max_length=3)
    topics: list[Slug] = Field([], max_length=100)


class Proof(Strict):
    """The proof of an identity: a code that stands in a record.

    `form` is the code's form, with the parts `{letters}`, `{N letters}` and `{N digits}` (`{letters}-{4
    digits}`); `of` is the table, and `code` its field with the code. `keeps` names what is kept of the
    record for the session, by field: a value, or the records that it links to. `name` is the field by which
    the person is greeted. `email` and `phone` are the fields with the addresses on file, to which a one-time
    code goes: always with `one_time`, else only while wrong tries have locked the code's beginning.
    """

    records: Slug
    of: Named
    code: Named
    form: str = Field(min_length=3, max_length=60)
    asks: dict[Language, Wording] = {}
    keeps: dict[AttributeName, Named] = Field(min_length=1, max_length=10)
    name: Named | None = None
    email: Named | None = None
    phone: Named | None = None
    one_time: bool = False


class Profile(Strict):
    """A kind of person, with the proof that one is, and the actions in the order of the menu."""

    names: dict[Language, Title] = Field(min_length=1)
    proof: Proof
    actions: list[Slug] = Field(min_length=1, max_length=20)


class Rows(Strict):
    """Records in words: `head` once, then `row` for each; `none` if there is no record."""

    head: Wording | None = None
    row: Wording
    none: Wording


class PageOffer(Strict):
    """A private page with the records, instead of words in the chat.

    `begins`, `ends` and `place` are fields of a `schedule`, whose file is a calendar; `files` is a field with
    files, which the page carries. It is deleted after `days`.
    """

    kind: PageKind
    titles: dict[Language, Wording] = Field(min_length=1)
    begins: AttributeName | None = None
    ends: AttributeName | None = None
    place: AttributeName | None = None
    files: AttributeName | None = None
    days: int = Field(7, ge=1, le=90)


class Change(Strict):
    """A change that the person confirms: `confirm` asks, `done` tells.

    `sets` are the new values by field; `of` is the table or call, that of the action by default.
    """

    of: Named | None = None
    sets: dict[Named, str | int | bool] = Field(min_length=1, max_length=20)
    confirm: dict[Language, Wording] = Field(min_length=1)
    done: dict[Language, Wording] = Field(min_length=1)


class Action(Offered):
    """One access to records for a proven person.

    `where` maps a field of the record to a name that the proof keeps: only records with one of its values
    are read. `each` is such a name with several values (a parent's children), of which the person chooses.
    `fields` are the fields that are read, by the names that templates use. `order` is a field, `-field`
    for the last first.
    """

    records: Slug
    of: Named
    where: dict[Named, AttributeName] = Field(min_length=1, max_length=5)
    each: AttributeName | None = None
    fields: dict[AttributeName, Named] = Field(min_length=1, max_length=40)
    order: Named | None = None
    most: int = Field(20, ge=1, le=100)
    says: dict[Language, Rows] = Field(min_length=1)
    page: PageOffer | None = None
    changes: Change | None = None


#: A name in the template of a call.
NAME = re.compile(r"{([^{}]+)}")


class Call(Strict):
    """A call of an HTTP API, which stands for a table: `{name}` in path, query and body is a value of the
    question, or of the change.

    `rows` is the place of the records in the answer (`data.items`; "" for the whole answer), `next` that of
    the next page's cursor, which goes into the query as `cursor`. `fields` renames: ours by the API's.
    """

    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    path: str = Field(min_length=1, max_length=500, pattern="^/")
    query: dict[Named, str] = Field({}, max_length=20)
    body: dict[Named, str | int | bool] = Field({}, max_length=40)
    rows: str = Field("", max_length=200)
    next: str = Field("", max_length=200)
    cursor: str = Field("", max_length=60)
    fields: dict[Named, Named] = Field({}, max_length=100)

    @property
    def names(self) -> set[str]:
        """The names whose values the call needs."""
        body = (each for each in self.body.values() if isinstance(each, str))
        return {name for text in (self.path, *self.query.values(), *body) for name in NAME.findall(text)}


class RecordsEntry(Strict):
    """A source of records, asked when a person asks. `kind` is the name of a file in shared/records, and
    `secrets` maps the role of each secret to its name in the secret store. `calls` is of `http_api` alone.
    A result is kept `keep_minutes` for the person who asked."""

    kind: Slug
    settings: dict[str, str | int | bool | list[str]] = {}
    secrets: dict[str, str] = {}
    calls: dict[Slug, Call] = Field({}, max_length=50)
    keep_minutes: int = Field(5, ge=0, le=60)
    seconds: int = Field(8, ge=1, le=20)
