"""Contract of every store for blobs: a folder, and S3 as moto's server implements it."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from shared.errors import Retry
from shared.platform.blobs import PIECE, Blobs, NoSuchBlob
from shared.platform.blobs.object_store import ObjectStoreBlobs

NAME = "tenants/hotel/media/waha.c-1/3EB0A1/0"
AN_HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Blobs:
    """A bucket of the test's own, configured by the library's own environment variables."""
    environment = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local-secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{abs(hash(request.node.name))}"
    where = {"LocationConstraint": "eu-west-1"}
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    return ObjectStoreBlobs(f"s3://{bucket}/concierge")


@pytest.fixture
def folder(tmp_path: Path) -> Blobs:
    return ObjectStoreBlobs(f"folder:{tmp_path / 'media'}")


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    """An empty store, once per kind of place."""
    empty: Blobs = request.getfixturevalue(request.param)
    return empty


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 10, bytes(6 * 1024 * 1024)], ids=len)
async def test_what_was_put_is_what_is_got(blobs: Blobs, data: bytes) -> None:
    await blobs.put(NAME, data, "image/jpeg")
    assert await blobs.get(NAME) == data


@pytest.mark.parametrize("name", ["tenants/hôtel/a b/100%", "tenants/hotel/sha256-ab.cd_=+:@~/0"])
async def test_names_are_kept_as_they_are(blobs: Blobs, name: str) -> None:
    await blobs.put(name, b"1", "text/plain")
    assert await blobs.get(name) == b"1"


@pytest.mark.parametrize("name", ["tenants/../../etc/passwd", "../x", "a//b", "a/./b"])
async def test_a_name_that_is_no_path_is_refused(blobs: Blobs, name: str) -> None:
    with pytest.raises(ValueError, match="path"):
        await blobs.put(name, b"1", "text/plain")
    with pytest.raises(ValueError, match="path"):
        await blobs.get(name)


async def test_put_again_replaces(blobs: Blobs) -> None:
    await blobs.put(NAME, b"long before", "text/plain")
    await blobs.put(NAME, b"now", "text/plain")
    assert await blobs.get(NAME) == b"now"


async def test_what_is_not_there(blobs: Blobs) -> None:
    with pytest.raises(NoSuchBlob):
        await blobs.get(NAME)


async def test_a_prefix_is_a_folder_with_all_below_it(blobs: Blobs) -> None:
    gone = [f"tenants/hotel/media/c-1/{number}/0" for number in range(30)] + ["tenants/hotel/logo"]
    kept = ["tenants/hotels/logo", "tenants/parish/media/c-1/1/0"]
    await asyncio.gather(*(blobs.put(name, name.encode(), "text/plain") for name in gone + kept))
    await blobs.delete_prefix("tenants/hotel")
    for name in gone:
        with pytest.raises(NoSuchBlob):
            await blobs.get(name)
    assert [await blobs.get(name) for name in kept] == [name.encode() for name in kept]
    await blobs.delete_prefix("tenants/hotel")  # a repeat, as after a crash


@pytest.mark.parametrize("prefix", ["", "/", "//"])
async def test_the_whole_store_is_no_prefix(blobs: Blobs, prefix: str) -> None:
    await blobs.put(NAME, b"1", "text/plain")
    with pytest.raises(ValueError, match="prefix"):
        await blobs.delete_prefix(prefix)
    assert await blobs.get(NAME) == b"1"


async def test_a_folder_has_no_addresses(folder: Blobs) -> None:
    await folder.put(NAME, b"1", "text/plain")
    assert await folder.link(NAME, AN_HOUR) is None


async def test_a_link_gives_the_blob_and_its_type_to_whoever_holds_it(s3: Blobs) -> None:
    await s3.put(NAME, b"1", "image/jpeg")
    link = await s3.link(NAME, AN_HOUR)
    assert link is not None
    assert "X-Amz-Expires=3600" in link
    assert "local-secret" not in link
    with await asyncio.to_thread(urllib.request.urlopen, link, timeout=10) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"1", "image/jpeg")


async def test_a_store_that_is_not_there_is_to_be_tried_again(
    s3: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    unreachable = ObjectStoreBlobs("s3://bucket")
    for call in (
        unreachable.get(NAME),
        unreachable.put(NAME, b"1", "text/plain"),
        unreachable.delete_prefix("tenants"),
    ):
        with pytest.raises(Retry, match="blobs_"):
            await call


async def test_a_bucket_that_is_not_there_is_to_be_tried_again(s3: Blobs) -> None:
    with pytest.raises(Retry, match="blobs_"):
        await ObjectStoreBlobs("s3://no-such-bucket").put(NAME, b"1", "text/plain")


async def pieces(*sizes: int, fails: Exception | None = None) -> AsyncIterator[bytes]:
    for number, size in enumerate(sizes):
        yield bytes([number % 256]) * size
    if fails:
        raise fails


def joined(*sizes: int) -> bytes:
    return b"".join(bytes([number % 256]) * size for number, size in enumerate(sizes))


@pytest.mark.parametrize(
    "sizes",
    [(), (0,), (1, 0, 2), (PIECE,), (PIECE + 1, 7), (65_536,) * 200],
    ids=lambda sizes: str(sum(sizes)),
)
async def test_a_stream_in_is_a_stream_out(blobs: Blobs, sizes: tuple[int, ...]) -> None:
    assert await blobs.put_stream(NAME, pieces(*sizes), "image/jpeg") == sum(sizes)
    got = [piece async for piece in blobs.stream(NAME)]
    assert b"".join(got) == joined(*sizes) == await blobs.get(NAME)
    assert max(map(len, got), default=0) <= PIECE


@pytest.mark.parametrize("sizes", [(), (10,), (PIECE,) * 12], ids=lambda sizes: str(sum(sizes)))
@pytest.mark.parametrize("error", [KeyError("source"), OSError("source"), TimeoutError("source")], ids=repr)
async def test_a_stream_that_breaks_leaves_no_blob(
    blobs: Blobs, sizes: tuple[int, ...], error: Exception
) -> None:
    with pytest.raises(type(error)) as raised:
        await blobs.put_stream(NAME, pieces(*sizes, fails=error), "image/jpeg")
    assert raised.value is error
    with pytest.raises(NoSuchBlob):
        await blobs.get(NAME)


async def test_a_stream_of_what_is_not_there_breaks_before_its_first_piece(blobs: Blobs) -> None:
    with pytest.raises(NoSuchBlob):
        await anext(blobs.stream(NAME))


async def test_a_streamed_blob_keeps_its_type(s3: Blobs) -> None:
    await s3.put_stream(NAME, pieces(PIECE * 6), "image/jpeg")
    link = await s3.link(NAME, AN_HOUR)
    assert link is not None
    with await asyncio.to_thread(urllib.request.urlopen, link, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"


async def test_streams_of_a_store_that_is_not_there_are_to_be_tried_again(
    s3: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    unreachable = ObjectStoreBlobs("s3://bucket")
    with pytest.raises(Retry, match="blobs_"):
        await anext(unreachable.stream(NAME))
    with pytest.raises(Retry, match="blobs_"):
        await unreachable.put_stream(NAME, pieces(1), "text/plain")
