"""Private pages over HTTP: the content behind a link, and the silence of a link that does not work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from pypdf import PdfReader

from shared.models.page import Appointment
from tests.e2e.pages_function import PagesRun
from tests.world import START

ARABIC = "نشهد أن الطفلة *عائشة ديوب* مسجلة في السنة الثانية."
PREVIEWS = (
    "WhatsApp/2.23.20.0",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Viber/12.0",
)


def told(answer: httpx.Response) -> dict[str, str]:
    """Returns the headers that a caller could tell two answers apart by."""
    return {name: value for name, value in answer.headers.items() if name != "date"}


# --- the page


async def test_a_link_shows_its_page_and_is_counted(pages: PagesRun) -> None:
    token = await pages.made()
    answer = await pages.http.get(f"/pages/parish/{token}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1><bdi>Attestation</bdi></h1>" in answer.text
    assert "Nous certifions que <b>Awa</b> est inscrite" in answer.text
    assert '<li dir="auto">à 15 h</li>' in answer.text
    assert "Catéchèse &lt;de&gt; Dakar" in answer.text
    assert "Disponible jusqu&#39;au vendredi 27 novembre 2026" in answer.text
    assert ("<script" in answer.text, "http" in answer.text) == (False, False)
    pages.world.clock.pass_(60)
    await pages.http.get(f"/pages/parish/{token}")
    page = await pages.page(token)
    assert (page.views, page.viewed_at) == (2, START + timedelta(minutes=1))


async def test_views_at_the_same_time_are_all_counted(pages: PagesRun) -> None:
    token = await pages.made()
    await asyncio.gather(*(pages.http.get(f"/pages/parish/{token}") for _ in range(10)))
    assert (await pages.page(token)).views == 10


@pytest.mark.parametrize("agent", PREVIEWS)
async def test_a_messengers_preview_sees_no_word_and_is_no_view(pages: PagesRun, agent: str) -> None:
    token = await pages.made()
    answer = await pages.http.get(f"/pages/parish/{token}", headers={"User-Agent": agent})
    assert (answer.status_code, "Catéchèse" in answer.text) == (200, True)
    assert "Attestation" not in answer.text
    assert "Awa" not in answer.text
    assert (await pages.page(token)).views == 0


@pytest.mark.parametrize("agent", ["", "CUBOT NOTE 21 Mozilla/5.0 (Linux; Android 13; CUBOT) Chrome/148.0"])
async def test_any_other_browser_is_a_persons(pages: PagesRun, agent: str) -> None:
    token = await pages.made()
    answer = await pages.http.get(f"/pages/parish/{token}", headers={"User-Agent": agent})
    assert ("Awa" in answer.text, (await pages.page(token)).views) == (True, 1)


async def test_a_head_and_a_browser_that_fetches_ahead_are_no_view(pages: PagesRun) -> None:
    token = await pages.made()
    head = await pages.http.head(f"/pages/parish/{token}")
    await pages.http.get(f"/pages/parish/{token}", headers={"Sec-Purpose": "prefetch;prerender"})
    assert (head.status_code, head.content) == (200, b"")
    assert (await pages.page(token)).views == 0


@pytest.mark.parametrize("path", ["", "/document.pdf", "/files/0"])
async def test_nobody_keeps_lists_or_learns_of_it(pages: PagesRun, path: str) -> None:
    token = await pages.made(files=[await pages.file(b"1")])
    headers = (await pages.http.get(f"/pages/parish/{token}{path}")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"].startswith("noindex")
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script" not in headers["content-security-policy"]


async def test_nothing_of_a_page_is_in_the_log(pages: PagesRun) -> None:
    token = await pages.made(files=[await pages.file(b"1", "secret-name.pdf")])
    for path in ("", "/document.pdf", "/files/0", "/files/9"):
        await pages.http.get(f"/pages/parish/{token}{path}")
    logged = repr(pages.lines)
    assert len(pages.lines) >= 4
    assert [word for word in (token, "Awa", "Attestation", "secret-name") if word in logged] == []


# --- links that do not work


async def test_a_link_that_does_not_work_is_like_any_other(pages: PagesRun) -> None:
    """Same status, headers, body and number of reads for each kind of fault."""
    good, expired, revoked = await pages.made(), await pages.made(days=-0.001), await pages.made()
    other = await pages.made("hotel")
    page = await pages.page(revoked)
    page.revoke(pages.world.clock.now())
    await pages.world.store.put(page)
    bad = {
        "altered": f"parish/{'0' if good[0] != '0' else '1'}{good[1:]}",
        "cut": f"parish/{good[:-1]}",
        "longer": f"parish/{good}0",
        "upper case": f"parish/{good.upper()}g",
        "expired": f"parish/{expired}",
        "revoked": f"parish/{revoked}",
        "of another tenant": f"parish/{other}",
        "another tenant's": f"hotel/{good}",
        "no such tenant": f"nobody/{good}",
        "no name of a tenant": f"No%20Body/{good}",
        "its document": f"parish/{(await pages.page(good)).page}",
        "empty": "parish/",
        "nothing": "",
        "long": f"parish/{'a' * 5_000}",
        "unwritable": "parish/%00%ff%2e%2e",
        "dots": "parish/%2e%2e/%2e%2e/health",
        "words": "parish/شهادة-😀",
        "its file": f"parish/{expired}/files/0",
        "its PDF": f"parish/{revoked}/document.pdf",
        "its calendar": f"parish/{other}/calendar.ics",
        "deeper": f"parish/{good}/files/0/more",
        "another name": f"parish/{good}/other.pdf",
    }
    answers, reads = {}, {}
    for name, path in bad.items():
        answers[name] = await pages.http.get(f"/pages/{path}")
        reads[name] = pages.reads()
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(bad, 404)
    assert reads == dict.fromkeys(bad, 1)
    first = answers["altered"]
    assert [name for name, answer in answers.items() if answer.content != first.content] == []
    assert [name for name, answer in answers.items() if told(answer) != told(first)] == []
    assert "expired or does not exist" in first.text
    assert (await pages.page(good)).views == 0


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("fr-SN,fr;q=0.9,en;q=0.8", "fr", "a expiré ou n&#39;existe pas"),
        ("ar", "ar", "انتهت صلاحية"),
        ("xx,wo;q=0.5", "wo", "jeex na"),
        ("*", "en", "has expired"),
        (",;=q" * 900, "en", "has expired"),
    ],
)
async def test_it_is_said_in_the_browsers_language(
    pages: PagesRun, accepted: str, language: str, words: str
) -> None:
    answer = await pages.http.get("/pages/parish/none", headers={"Accept-Language": accepted})
    assert (answer.status_code, f'lang="{language}"' in answer.text, words in answer.text) == (
        404,
        True,
        True,
    )


async def test_what_an_open_page_does_not_have_is_like_a_link_that_does_not_work(pages: PagesRun) -> None:
    gone = await pages.file(b"1")
    token = await pages.made(files=[gone])
    await pages.world.ports.blobs.delete_prefix("tenants/parish/pages/p")
    expected = await pages.http.get("/pages/parish/none")
    for path in ("files/0", "files/1", "files/99999999999", "files/-1", "files/x", "calendar.ics"):
        answer = await pages.http.get(f"/pages/parish/{token}/{path}")
        assert (answer.status_code, answer.content) == (404, expected.content), path
        assert told(answer) == told(expected), path


async def test_a_page_of_a_tenant_that_is_gone_is_gone(pages: PagesRun) -> None:
    assert (await pages.http.get(f"/pages/closed/{await pages.made('closed')}")).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_a_page_takes_nothing(pages: PagesRun, method: str) -> None:
    token = await pages.made()
    assert (await pages.http.request(method, f"/pages/parish/{token}")).status_code == 404


# --- files, PDF and calendar


@pytest.mark.parametrize(
    ("name", "kind", "disposition", "sent"),
    [
        (
            "notes.pdf",
            "application/pdf",
            "attachment; filename=\"notes.pdf\"; filename*=UTF-8''notes.pdf",
            "",
        ),
        (
            '../../été "1"\r\nX: y.pdf',
            "application/pdf",
            'attachment; filename="_.._ete _1_ X_ y.pdf"; '
            "filename*=UTF-8''_.._%C3%A9t%C3%A9%20_1_%20X_%20y.pdf",
            "",
        ),
        (
            "شهادة.pdf",
            "text/html",
            "attachment; filename=\".pdf\"; filename*=UTF-8''%D8%B4%D9%87%D8%A7%D8%AF%D8%A9.pdf",
            "",
        ),
        (
            "x",
            "text/html\r\nX-Evil: 1",
            "attachment; filename=\"x\"; filename*=UTF-8''x",
            "application/octet-stream",
        ),
        ("", "image/JPEG; q=1", "attachment; filename=\"file\"; filename*=UTF-8''file", "image/jpeg"),
    ],
)
async def test_a_file_is_saved_under_a_safe_name_and_its_type(
    pages: PagesRun, name: str, kind: str, disposition: str, sent: str
) -> None:
    file = await pages.file(b"%PDF-1", name, kind)
    answer = await pages.http.get(f"/pages/parish/{await pages.made(files=[file])}/files/0")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1")
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["content-type"].partition(";")[0] == (sent or kind)
    assert answer.headers["content-length"] == "6"


async def test_a_large_file_is_whole(pages: PagesRun) -> None:
    data = bytes(range(256)) * 40_000
    token = await pages.made(files=[await pages.file(b"1"), await pages.file(data, "large.bin", "a/b")])
    assert (await pages.http.get(f"/pages/parish/{token}/files/1")).content == data
    assert (await pages.http.head(f"/pages/parish/{token}/files/1")).headers["content-length"] == "10240000"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("fr", "Awa est inscrite en *2e année* : 12 500 F CFA.", "Awa est inscrite en 2e année"),
        ("wo", "Ŋ ñ ë: Xët wii", "Ŋ ñ ë: Xët wii"),
        ("en", "<b>x</b> __y__ --z-- ~~w~~ [a](http://x)", "<b>x</b> __y__ --z-- ~~w~~ [a](http://x)"),
        ("ar", ARABIC, ""),
        ("fr", ARABIC + " Awa", "Awa"),
        ("fr", "", ""),
    ],
)
async def test_a_page_can_be_had_as_pdf(pages: PagesRun, language: str, text: str, words: str) -> None:
    token = await pages.made(kind="certificate", language=language, text=[text])
    answer = await pages.http.get(f"/pages/parish/{token}/document.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert 'filename="Attestation.pdf"' in answer.headers["content-disposition"]
    document = PdfReader(BytesIO(answer.content))
    said = " ".join(page.extract_text() for page in document.pages)
    assert words in " ".join(said.split())
    assert document.metadata is not None
    assert (document.metadata.title, document.metadata.author) == ("Attestation", "Catéchèse <de> Dakar")


async def test_a_schedule_is_a_calendar_too(pages: PagesRun) -> None:
    token = await pages.made(kind="schedule", calendar=[Appointment(title="Séance", begins=START)])
    page = await pages.http.get(f"/pages/parish/{token}")
    assert f'href="{token}/calendar.ics"' in page.text
    answer = await pages.http.get(f"/pages/parish/{token}/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"DTSTART:20261120T100000Z\r\n" in answer.content


# --- what people and records say is data

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</title></style><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "*<b onclick=alert(1)>bold</b>*",
    "&lt;script&gt;",
    "<a href=//evil.example>x</a>",
)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_text_becomes_markup(pages: PagesRun, attack: str) -> None:
    file = await pages.file(b"1", attack)
    token = await pages.made(title=attack, text=[attack, f"- {attack}"], files=[file])
    plain = await pages.http.get(
        f"/pages/parish/{await pages.made(title='t', text=['x', '- x'], files=[await pages.file(b'1', 'f')])}"
    )
    seen = (await pages.http.get(f"/pages/parish/{token}")).text
    tags = seen.count("<") - 2 * seen.count("<b>")  # our own mark is a pair of tags
    assert tags == plain.text.count("<")
    assert "49" not in seen
    assert (await pages.http.get(f"/pages/parish/{token}/document.pdf")).status_code == 200


async def test_a_page_in_arabic_reads_from_the_right(pages: PagesRun) -> None:
    token = await pages.made(language="ar", title="شهادة تسجيل", text=[ARABIC])
    seen = (await pages.http.get(f"/pages/parish/{token}")).text
    assert '<html lang="ar" dir="rtl">' in seen
    assert "<b>عائشة ديوب</b>" in seen
    assert "متاحة حتى" in seen
