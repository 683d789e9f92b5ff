"""Addresses from outside that lead inside, in any spelling: none is called."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from shared.platform import guard
from shared.platform.guard import Forbidden
from shared.platform.http import Unanswered, Unreachable
from shared.platform.http_httpx import HttpxHttp
from tests.security.attempts import attempts
from tests.security.canary import Canary, canary, names

OWN = "http://waha.internal:3000/api"
PUBLIC = "93.184.216.34"
LIMIT = 1_000

NAMES = {
    "good.example": [PUBLIC],
    "waha.internal": ["127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "metadata": ["169.254.169.254"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data": ["169.254.169.254"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "host.docker.internal": ["172.17.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "inner.example": ["127.0.0.1"],
    "inner6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "zero.example": ["0.0.0.0"],  # noqa: S104
    "private.example": ["192.168.1.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed6.example": ["2606:2800:220:1:248:1893:25c8:1946", "fd00::1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "six-to-four.example": ["2002:7f00:1::"],
    "xn--80ak6aa92e.example": ["127.0.0.1"],
}
HOSTS = """
127.0.0.1 127.0.0.1. 127.0.0.2 127.1 127.0.1 127.255.255.254 127.000.000.001 0177.0.0.1 0177.0.0.01
017700000001 00000177.0.0.1 2130706433 0x7f000001 0x7F000001 0x7f.1 0x7f.0x0.0x0.0x1 0x7f.0.0.01 0
0.0.0.0 00.0.0.0 0x0 127.0.0.1:443 6425673729 127.0.0.1.. .127.0.0.1 127..0.0.1 [::1] [0:0:0:0:0:0:0:1]
[0000::0001] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:1] [::127.0.0.1] [::7f00:1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1]
[2001:0:7f00:1::] [2001:0000:4136:e378:8000:63bf:80ff:fffe] [fe80::1] [fe80::1%25lo] [fe80::1%lo]
[::1%25lo] [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [100::1] [2001:db8::1] [v1.::1] [::1 ::1
[[::1]] [127.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1] 169.254.169.254
169.254.169.254. 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 169.254.170.2 100.100.100.200
192.0.0.192 169.254.0.1 10.0.0.1 10.255.255.255 012.0.0.1 0xa.0.0.1 167772161 172.16.0.1 172.31.255.254
192.168.0.1 192.168.257 3232235777 100.64.0.1 100.127.255.254 198.18.0.1 192.0.2.1 198.51.100.1
203.0.113.1 192.0.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 localhost LOCALHOST localhost.
LocalHost.localdomain ip6-localhost metadata metadata.google.internal metadata.google.internal.
METADATA.GOOGLE.INTERNAL instance-data kubernetes.default.svc host.docker.internal 127.0.0.1.nip.example
inner.example inner.example. INNER.example inner6.example mapped.example zero.example private.example
mixed.example mixed6.example nat64.example six-to-four.example xn--80ak6aa92e.example waha.internal
１２７.０.０.１ 127。0。0。1 127．0．0．1 127｡0｡0｡1 ①②⑦.⓪.⓪.① ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ｌｏｃａｌｈｏｓｔ loc\u00adalhost
ⅼocalhost localhoſt inner。example ١٢٧.٠.٠.١ %31%32%37.0.0.1 127%2e0%2e0%2e1 %6cocalhost localhost%00
localhost%00.good.example 127.0.0.1%20 good.example@127.0.0.1 good.example:443@127.0.0.1
good.example%40127.0.0.1 :@127.0.0.1 @127.0.0.1 127.0.0.1@good.example good.example&@127.0.0.1
good.example\\@127.0.0.1 127.0.0.1\\@good.example 127.0.0.1\\.good.example
good.example@good.example@127.0.0.1 user:word@good.example
""".split()
URLS = {
    "plain": "http://good.example/",
    "plain-inside": "http://127.0.0.1/",
    "plain-and-ours-with-another-port": "http://waha.internal:3001/",
    "plain-and-ours-without-its-port": "http://waha.internal/",
    "ours-by-tls": "https://waha.internal:3000/",
    "ours-as-a-user": "http://waha.internal:3000@127.0.0.1/",
    "ours-as-a-name": "http://waha.internal:3000.example/",
    "ours-with-a-longer-port": "http://waha.internal:30000/",
    "ours-with-a-backslash": "http://waha.internal:3000\\@127.0.0.1/",
    "ours-with-an-escaped-colon": "http://waha.internal%3a3000/",
    "ours-with-a-user": "http://user@waha.internal:3000/",
    "ftp": "ftp://127.0.0.1/",
    "file": "file:///etc/passwd",
    "file-with-a-host": "file://127.0.0.1/etc/passwd",
    "gopher": "gopher://127.0.0.1:443/_GET",
    "dict": "dict://127.0.0.1:443/",
    "ldap": "ldap://127.0.0.1/",
    "unix": "http+unix://%2fvar%2frun%2fdocker.sock/",
    "data": "data:text/plain,secret",
    "javascript": "javascript:alert(1)",
    "jar": "jar:https://127.0.0.1/!/",
    "websocket": "wss://127.0.0.1/",
    "view-source": "view-source:https://127.0.0.1/",
    "no-scheme": "//127.0.0.1/",
    "no-scheme-at-all": "127.0.0.1/",
    "no-slashes": "https:127.0.0.1",
    "one-slash": "https:/127.0.0.1/",
    "three-slashes": "https:///127.0.0.1/",
    "backslashes": "https:\\\\127.0.0.1\\",
    "slash-and-backslash": "https:/\\127.0.0.1/",
    "no-host": "https://",
    "port-alone": "https://:443/",
    "query-alone": "https://?127.0.0.1",
    "space-before": " https://127.0.0.1/",
    "tab-in-the-scheme": "ht\ttps://127.0.0.1/",
    "line-break-in-the-host": "https://127.0.\n0.1/",
    "nul-in-the-host": "https://127.0.0.1\0.good.example/",
    "space-in-the-host": "https://good.example 127.0.0.1/",
    "port-of-ssh": "https://good.example:22/",
    "port-of-redis": "https://good.example:6379/",
    "port-zero": "https://good.example:0/",
    "port-too-large": "https://good.example:65979/",
    "port-negative": "https://good.example:-443/",
    "port-in-other-digits": "https://good.example:４４３/",
    "port-with-words": "https://good.example:443x/",
    "label-of-64-characters": f"https://{'a' * 64}.example/",
    "name-of-300-characters": f"https://{'a.' * 150}example/",
    "megabyte": "https://" + "1" * 1_048_576,
    "empty": "",
}
ATTEMPTS = {f"host-{host.replace('.', '_')}": f"https://{host}/" for host in HOSTS} | URLS


@pytest.fixture
def inside() -> Iterator[Canary]:
    """Yields a canary on the tests' default port of HTTP and HTTPS."""
    with canary() as listening, pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "_PORTS", {"http": listening.port, "https": listening.port})
        yield listening


@asynccontextmanager
async def closing(http: HttpxHttp) -> AsyncIterator[HttpxHttp]:
    try:
        yield http
    finally:
        await http.close()


@attempts(ATTEMPTS)
async def test_an_address_that_leads_inside(attempt: str) -> None:
    with pytest.raises((Forbidden, OSError)) as refused:
        await guard.target(attempt, own=OWN, resolve=names(NAMES))
    assert isinstance(refused.value, OSError) or str(refused.value).isprintable()


@attempts(ATTEMPTS)
async def test_nobody_connects_to_it(inside: Canary, attempt: str) -> None:
    async with closing(HttpxHttp(names(NAMES | {"good.example": ["203.0.113.7"]}))) as http:
        with pytest.raises((Forbidden, Unreachable, Unanswered)):
            await http.fetch(attempt, own=OWN, limit=LIMIT, timeout=0.5)
    assert inside.hits() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::1]", "inner.example", "localhost."])
async def test_only_the_check_keeps_it_from_being_reached(
    inside: Canary, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Shows that the server inside would notice a connection."""
    monkeypatch.setattr(guard, "is_public", lambda address: True)
    async with closing(HttpxHttp(names(NAMES))) as http:
        with pytest.raises((Unreachable, Unanswered)):
            await http.fetch(f"https://{host}/", own=OWN, limit=LIMIT, timeout=0.3)
    assert inside.hits() > 0
