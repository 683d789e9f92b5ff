"""A table of Baserow becomes one item: its rows as CSV, page by page from our own address."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.baserow.server import TOKEN, Baserow, error
from shared.sources import Broken, Fetcher, Known
from tests.fakes.served import served
from tests.unit.sources.connecting import fetcher, texts


@dataclass
class Served:
    baserow: Baserow
    origin: str

    def table(self, token: str = TOKEN, **settings: int) -> Fetcher:
        return fetcher("baserow", {"table": 1, "base_url": self.origin, **settings}, token)

    async def rows(self) -> list[dict[str, str]]:
        (text,) = (await texts(await self.table().look(Known({})))).values()
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
async def vendor() -> AsyncIterator[Served]:
    baserow = Baserow()
    baserow.fields[1], baserow.rows[1] = ["Name", "Price"], [{"id": 1, "Name": "Tent", "Price": "5"}]
    async with served(baserow.app) as origin:
        yield Served(baserow, origin)


async def test_all_pages_are_read_and_next_is_never_followed(vendor: Served) -> None:
    vendor.baserow.rows[1] = [{"id": n, "Name": f"Tent {n}", "Price": str(n)} for n in range(450)]
    assert [row["Name"] for row in await vendor.rows()] == [f"Tent {n}" for n in range(450)]
    assert len(vendor.baserow.asked) == 4  # the fields, and three pages


async def test_values_are_read_as_people_see_them(vendor: Served) -> None:
    vendor.baserow.fields[1] = ["S", "M", "L", "F", "B", "N", "U", "C", "O"]
    vendor.baserow.rows[1] = [
        {
            "id": 1,
            "S": {"id": 1, "value": "Red", "color": "red"},
            "M": [{"id": 1, "value": "A"}, {"id": 2, "value": "B"}],
            "L": [{"id": 9, "value": "Room 1", "order": "1.0"}, {"id": 8, "value": ""}],
            "F": [{"name": "hash.pdf", "visible_name": "menu.pdf", "url": "https://x.example/y"}],
            "B": True,
            "N": None,
            "U": {"label": "Site", "url": "https://x.example"},
            "C": [{"id": 3, "name": "Awa"}],
            "O": 'a\nb, "c"',
        }
    ]
    (row,) = await vendor.rows()
    assert row == {
        "S": "Red", "M": "A, B", "L": "Room 1", "F": "menu.pdf", "B": "yes", "N": "", "U": "Site",
        "C": "Awa", "O": 'a b, "c"',
    }  # fmt: skip


async def test_the_mark_changes_with_the_rows_alone(vendor: Served) -> None:
    marks = []
    for price in ("5", "5", "6"):
        vendor.baserow.rows[1] = [{"id": 1, "Name": "Tent", "Price": price}]
        (item,) = (await vendor.table().look(Known({}))).items or ()
        marks.append(item.mark)
    assert marks[0] == marks[1] != marks[2]


async def test_a_view_bounds_the_rows(vendor: Served) -> None:
    await vendor.table(view=7).look(Known({}))
    assert "view_id=7" in vendor.baserow.asked[-1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(401, "ERROR_NO_PERMISSION_TO_TABLE"), "refuses the token"),
        (error(404, "ERROR_TABLE_DOES_NOT_EXIST"), "does not have it"),
        (error(429, "ERROR_TOO_MANY"), "is tried again"),
        (error(503, "ERROR"), "is tried again"),
        (Response("<html>maintenance</html>"), "not understood"),
        (JSONResponse({"error": "inside a 200"}), "not understood"),
    ],
)
async def test_failures_are_told_and_are_no_empty_table(vendor: Served, answer: Response, said: str) -> None:
    for before in (0, 1):
        vendor.baserow.faults.extend([lambda _: None] * before)
        vendor.baserow.faults.append(lambda _: answer)
        with pytest.raises(Broken, match=said):
            await vendor.table().look(Known({}))


async def test_a_wrong_token_is_told(vendor: Served) -> None:
    with pytest.raises(Broken, match="refuses the token: give it the right"):
        await vendor.table(token="wrong").look(Known({}))


async def test_a_table_without_end_is_refused(vendor: Served) -> None:
    vendor.baserow.rows[1] = [{"id": n, "Name": "x"} for n in range(10_001)]
    with pytest.raises(Broken, match="more than 10000 rows: read a view"):
        await vendor.table().look(Known({}))
