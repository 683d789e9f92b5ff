"""Addresses from strangers: private ones are never called; the connection goes to the checked address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform import guard
from shared.platform.guard import Forbidden, is_public, target

OWN = "http://waha.internal:3000/api"


def leads_to(*addresses: str) -> guard.Resolve:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


PUBLIC = leads_to("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "ff02::1",
    ],
)
async def test_what_is_not_one_host_on_the_internet_is_forbidden(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(Forbidden):
        await target("https://files.example/a", own=OWN, resolve=leads_to(address))
    with pytest.raises(Forbidden):  # nor behind a first, public address
        await target("https://files.example/a", own=OWN, resolve=leads_to("93.184.216.34", address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_host_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a",
        "https://files.example:8443/a",
        "https://files.example:22/",
        "https://files.example:0/",
        "http://waha.internal/a",
        "http://waha.internal:3001/a",
        "https://waha.internal:3000/a",
        "https://user@files.example/a",
        "https://user:word@files.example/a",
        "https://waha.internal:3000@files.example/a",
        "ftp://files.example/a",
        "file:///etc/passwd",
        "gopher://files.example:443/a",
        "//files.example/a",
        "files.example/a",
        "https://",
        "https:///a",
        "https://[::1",
        "https://files.example:99999999/",
        "",
    ],
)
async def test_an_address_that_is_not_plainly_https_is_forbidden(url: str) -> None:
    with pytest.raises(Forbidden):
        await target(url, own=OWN, resolve=PUBLIC)


@pytest.mark.parametrize("url", ["http://waha.internal:3000/x", "http://WAHA.internal.:3000/x"])
async def test_what_the_operator_set_may_be_private_and_plain(url: str) -> None:
    found = await target(url, own=OWN, resolve=leads_to("10.0.0.5"))
    assert (found.at("10.0.0.5"), found.authority) == ("http://10.0.0.5:3000/x", "waha.internal:3000")


async def test_a_target_keeps_the_name_and_the_checked_addresses() -> None:
    found = await target("https://Files.Example/a%20b/é?sig=a%2Fb&x=1#part", own=OWN, resolve=PUBLIC)
    assert (found.host, found.authority) == ("files.example", "files.example")
    six = found.addresses[1]
    assert found.at(found.addresses[0]) == "https://93.184.216.34:443/a%20b/%C3%A9?sig=a%2Fb&x=1"
    assert found.at(six) == f"https://[{six}]:443/a%20b/%C3%A9?sig=a%2Fb&x=1"


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]"])
async def test_the_machine_itself_is_forbidden_however_it_is_written(host: str) -> None:
    with pytest.raises((Forbidden, OSError)):
        await target(f"https://{host}/", own=OWN, resolve=guard.resolve)


async def test_a_host_that_is_no_name_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        await target(f"https://{'a' * 70}.example/", own=OWN, resolve=guard.resolve)


@given(st.text(max_size=40))
async def test_noise_is_forbidden_or_an_address(noise: str) -> None:
    for url in (noise, f"https://{noise}", f"https://files.example/{noise}"):
        try:
            found = await target(url, own=OWN, resolve=PUBLIC)
        except Forbidden:
            continue
        assert found.path.isascii()
        assert found.path.isprintable()
