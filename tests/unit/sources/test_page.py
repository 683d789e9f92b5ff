"""Pages are read again only if they changed, and never from a private network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shared.sources import Broken, Fetcher, Known, Oversized
from tests.fakes.served import served
from tests.unit.sources.connecting import LIMIT, fetcher, known, texts

Script = Callable[[Request], Response]


class Site:
    """A site whose pages a test scripts; `asked` are the requests."""

    def __init__(self) -> None:
        self.script: Script = lambda _: Response("<p>Hello.</p>", media_type="text/html")
        self.asked: list[Request] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._serve)])
        self.origin = ""

    async def _serve(self, request: Request) -> Response:
        self.asked.append(request)
        return self.script(request)

    def page(self, path: str = "/visit") -> Fetcher:
        return fetcher("page", {"url": f"{self.origin}{path}", "own_origin": self.origin})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found = Site()
    async with served(found.app) as origin:
        found.origin = origin
        yield found


async def test_a_page_is_named_by_its_address(site: Site) -> None:
    assert await texts(await site.page("/visit/").look(Known({}))) == {"127.0.0.1/visit": "<p>Hello.</p>"}


@pytest.mark.parametrize(
    ("header", "value", "asked"),
    [
        ("etag", '"v1"', "if-none-match"),
        ("last-modified", "Fri, 20 Nov 2026 10:00:00 GMT", "if-modified-since"),
    ],
)
async def test_an_unchanged_page_is_not_loaded_again(site: Site, header: str, value: str, asked: str) -> None:
    def script(request: Request) -> Response:
        same = request.headers.get(asked) == value
        return Response(status_code=304) if same else Response("<p>Hello.</p>", headers={header: value})

    site.script = script
    first = await site.page().look(Known({}))
    assert (await site.page().look(known(first))).items is None


async def test_a_server_without_validators_is_compared_by_the_bytes(site: Site) -> None:
    first, again = [await site.page().look(Known({})) for _ in range(2)]
    site.script = lambda _: Response("<p>New.</p>")
    changed = await site.page().look(known(first))
    marks = [listing.items[0].mark for listing in (first, again, changed) if listing.items]
    assert marks[0] == marks[1] != marks[2]


async def test_redirects_are_followed(site: Site) -> None:
    site.script = lambda request: (
        RedirectResponse("/new") if request.url.path == "/visit" else Response("<p>Moved.</p>")
    )
    assert list((await texts(await site.page().look(Known({})))).values()) == ["<p>Moved.</p>"]


@pytest.mark.parametrize(
    "inner",
    [
        "http://169.254.169.254/computeMetadata/v1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_inwards_is_refused_and_not_called(site: Site, inner: str) -> None:
    site.script = lambda _: RedirectResponse(inner)
    with pytest.raises(Broken, match=r"may not be read .*: give a public https address"):
        await site.page().look(Known({}))
    assert len(site.asked) == 1


async def test_an_address_without_own_origin_must_be_public() -> None:
    for url in ("https://127.0.0.1/", "https://nobody.invalid/", "http://example.org/"):
        with pytest.raises(Broken):
            await fetcher("page", {"url": url}).look(Known({}))


async def test_endless_redirects_end(site: Site) -> None:
    site.script = lambda request: RedirectResponse(request.url.path + "x")
    with pytest.raises(Broken, match="redirects in circles"):
        await site.page().look(Known({}))
    assert len(site.asked) < 10


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "does not have it"),
        (410, "does not have it"),
        (403, "refuses us"),
        (500, "has a problem"),
        (418, "HTTP 418"),
    ],
)
async def test_a_failing_server_is_told_in_a_sentence(site: Site, status: int, said: str) -> None:
    site.script = lambda _: Response("no", status_code=status)
    with pytest.raises(Broken, match=said):
        await site.page().look(Known({}))


async def test_a_server_that_asks_us_to_wait_is_heard(site: Site) -> None:
    site.script = lambda _: Response("no", status_code=429, headers={"retry-after": "1200"})
    with pytest.raises(Broken) as refused:
        await site.page().look(Known({}))
    assert refused.value.after == 1200


async def test_a_page_that_is_too_large_is_an_item_that_cannot_be_loaded(site: Site) -> None:
    site.script = lambda _: Response(b"x" * (LIMIT + 1))
    listing = await site.page().look(Known({}))
    with pytest.raises(Oversized):
        await texts(listing)


async def test_an_answer_that_is_compressed_unasked_is_refused(site: Site) -> None:
    site.script = lambda _: Response(b"\x1f\x8b", headers={"content-encoding": "gzip"})
    with pytest.raises(Broken, match="compressed"):
        await site.page().look(Known({}))


async def test_a_server_that_is_down_is_told(site: Site) -> None:
    page = fetcher("page", {"url": "http://127.0.0.1:9/", "own_origin": "http://127.0.0.1:9"})
    with pytest.raises(Broken, match="did not answer"):
        await page.look(Known({}))
