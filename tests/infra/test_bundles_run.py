"""Runs each zip as the platform does: fresh folder, own requirements, framework's command.

The environment is the manifest's; Google's emulators stand in for Firestore and Pub/Sub.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from scripts import bundle, manifest
from scripts.local.leash import leashed
from scripts.local.process import free_port
from scripts.local.vendors.waha import webhooks as waha
from shared.models.tenant import Channel, Tenant
from shared.platform.store.firestore import FirestoreStore

pytestmark = pytest.mark.emulators

FUNCTIONS = manifest.load().functions
PROJECT = "bundles"
SECRET = "a-key-of-this-test"
DEADLINE_S = 60.0


@dataclass(frozen=True)
class Hosts:
    firestore: str
    pubsub: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hosts(firestore_host: str, pubsub_host: str) -> AsyncIterator[Hosts]:
    """Yields the emulators, with the manifest's topics and one tenant that has a WAHA channel."""
    from google.cloud import pubsub_v1

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        environment.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
        publisher = pubsub_v1.PublisherClient()
        for topic in manifest.load().topics:
            publisher.create_topic(name=f"projects/{PROJECT}/topics/{topic}")
        store = FirestoreStore(PROJECT)
        await store.put(Tenant(tenant="inn", name="The inn", languages=["fr"]))
        await store.put(
            Channel(
                tenant="inn",
                channel="waha",
                kind="waha",
                settings={"base_url": "http://localhost:9", "session": "default"},
                secrets={"api_key": "inn-waha", "hmac_key": "inn-waha"},
            )
        )
        yield Hosts(firestore_host, pubsub_host)
        await store.close()


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    bundle.make(folder)
    return folder


@contextmanager
def served(name: str, folder: Path, commands: Path, hosts: Hosts) -> Iterator[str]:
    """Serves the function in the folder with the environment's commands; yields its address."""
    port = free_port()
    # As the buildpack's image does: the command without arguments, in the folder; variables say the rest.
    process = subprocess.Popen(
        leashed(str(commands / "functions-framework")),
        cwd=folder,
        env=environment(name, port, hosts) | {"PATH": f"{commands}:{os.environ['PATH']}"},
        stdin=subprocess.PIPE,
        stdout=(log := folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        await_answer(f"http://127.0.0.1:{port}/robots.txt", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.communicate(timeout=10)  # closes its leash


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Returns a function from a requirements file to the commands of a fresh environment with just these.

    Functions with the same requirements share one: most of the time goes into compiling the packages.
    """

    @cache
    def installed(requirements: str) -> Path:
        place = tmp_path_factory.mktemp("installed")
        wanted = place / "requirements.txt"
        wanted.write_text(requirements, "utf-8")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=60)
        uv = str(Path(sys.executable).with_name("uv"))
        into = ["--quiet", "--python", str(place / "bin" / "python"), "--require-hashes"]
        command = [uv, "pip", "install", *into, "--requirement", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        return place / "bin"

    return lambda path: installed(path.read_text("utf-8"))


def environment(name: str, port: int, hosts: Hosts) -> dict[str, str]:
    """Returns the manifest's variables with this test's values, and the platform's own; no other of ours."""
    values = {
        "CONCIERGE_STORE": f"firestore:{PROJECT}",
        "CONCIERGE_BUS": f"pubsub:{PROJECT}",
        "CONCIERGE_SECRETS": "environment:",
        "CONCIERGE_LOG_LEVEL": "info",
        "CONCIERGE_TRACES": "otlp:http://localhost:9/v1/traces",  # no collector listens there
        "CONCIERGE_CLIENT_IP": "x-forwarded-for",
        "CONCIERGE_WAKE_AHEAD": "on",
        "CONCIERGE_BLOBS": "gs://bundles",
        "CONCIERGE_EMBEDDINGS": "local",
        "CONCIERGE_ORIGIN": "https://functions.example",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "GOOGLE_CLOUD_LOCATION": "europe-southwest1",
    }
    return {variable: values[variable] for variable in FUNCTIONS[name].environment} | {
        "FUNCTION_TARGET": name,
        "FUNCTION_USE_ASGI": "true",
        "WORKERS": "1",
        "PORT": str(port),
        "FIRESTORE_EMULATOR_HOST": hosts.firestore,
        "PUBSUB_EMULATOR_HOST": hosts.pubsub,
        "SECRET_INN_WAHA": SECRET,
    }


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=5, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the function does not answer:\n{log.read_text('utf-8', 'replace')[-4000:]}")


def pushed(event: Mapping[str, object]) -> dict[str, object]:
    """Returns a request body as Pub/Sub posts it."""
    data = base64.b64encode(json.dumps(event).encode()).decode()
    message = {"data": data, "messageId": "1", "publishTime": "2026-01-01T00:00:00Z", "attributes": {}}
    return {"message": message, "subscription": "projects/p/subscriptions/s"}


#: For each function a request that needs its settings, store and late imports, and the answer.
ASKED: dict[str, tuple[str, dict[str, object], int]] = {
    "webhook": ("/inn/nowhere", {}, 404),
    "reply": ("/inbound", pushed({"kind": "wake", "tenant": "inn", "conversation": "none"}), 204),
    "deliver": (
        "/outbound",
        pushed({"kind": "outbound", "tenant": "inn", "conversation": "none", "message": "none"}),
        204,
    ),
    "handoff": ("/due", {}, 200),
    "desk": ("/inn/nowhere", {}, 404),
    "triggers": ("/due", {}, 200),
    "contacts": ("/inn/nobody", {}, 404),
    "knowledge": ("/sources", pushed({"kind": "source", "tenant": "inn", "source": "none"}), 204),
    "maintenance": ("/", {}, 200),
    "gateways": ("/inn/nowhere/restart", {}, 404),
    "health": ("/", {}, 200),
    "pages": ("/inn/nothing", {}, 404),
    "pairing": ("/restart", {}, 401),
}


def test_every_function_is_asked_something() -> None:
    assert set(ASKED) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_bundle_answers(
    name: str, zips: Path, install: Callable[[Path], Path], hosts: Hosts, tmp_path: Path
) -> None:
    with zipfile.ZipFile(zips / f"{name}.zip") as packed:
        packed.extractall(tmp_path)
    path, body, status = ASKED[name]
    with served(name, tmp_path, install(tmp_path / "requirements.txt"), hosts) as address:
        method = {"health": "GET", "pages": "GET", "contacts": "PUT"}.get(name, "POST")
        answer = httpx.request(method, f"{address}{path}", json=body, timeout=30, trust_env=False)
        log = (tmp_path / "log").read_text("utf-8")
        assert answer.status_code == status, log
        assert '"message":"handled"' in log
        if name == "webhook":
            takes_a_message_from_its_gateway(address)


def takes_a_message_from_its_gateway(address: str) -> None:
    """Checks the plugin, the secret and the bus of the bundle with a message."""
    body = json.dumps(waha.event("message", waha.message())).encode()
    headers = {"content-type": "application/json", **waha.signed(body, SECRET)}
    answer = httpx.post(f"{address}/inn/waha", content=body, headers=headers, timeout=30, trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"published": 1, "dropped": []})
