"""The local run's language models: chosen by MODELS, served by the simulation, failing on request."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from scripts.local import models, seed
from scripts.local.sim.models import ModelRoutes
from shared.errors import ConfigurationError, Rejected
from shared.llm import (
    Connection,
    File,
    Hearing,
    Message,
    Model,
    ModelFailed,
    Request,
    Speaking,
    Text,
    Tool,
    ToolCall,
)
from shared.models.answers import Answers
from shared.platform.http_httpx import HttpxHttp
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.tenants import plugins
from shared.tenants.documents import TenantDocuments
from tests.fakes.served import served

SEARCH = Tool("search_knowledge", "", {"type": "object", "properties": {"query": {"type": "string"}}})
HUMAN = Tool("call_human", "", {"type": "object", "properties": {"reason": {"type": "string"}}})


def answers(chosen: str, origin: str = "http://localhost:8080") -> list[Answers]:
    files: list[TenantDocuments] = seed.load(origin)
    models.choose(files, origin, chosen)
    return [file.tenant.answers for file in files]


def test_without_a_choice_no_model_is_asked() -> None:
    assert all(not each.entries for each in answers(""))


def test_the_first_choice_comes_first_for_all_tenants() -> None:
    for each in answers("claude, openrouter:z-ai/glm-5.3-flash,ollama:llama3"):
        order = each.order("answer")
        assert list(order) == ["claude", "openrouter", "ollama"]
        assert [entry.keys for entry in order.values()] == [["anthropic-api-key"], ["openrouter-api-key"], []]
        assert order["openrouter"].model == "z-ai/glm-5.3-flash"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("claud", "'claud' is not a model (expected one of claude"),
        ("scripted:xml", "scripted:xml (expected one of anthropic, gemini, openai)"),
        ("deepseek", "answers.models.deepseek.model: is missing"),
        ("claude,", "'' is not a model"),
    ],
)
def test_a_wrong_choice_is_one_line(chosen: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        answers(chosen)
    assert message in str(raised.value)


async def test_a_vendors_key_is_read_by_its_usual_name() -> None:
    secrets = EnvironmentSecrets(None, {"ANTHROPIC_API_KEY": "sk-not-a-real-key", "SECRET_A_KEY": "other"})
    assert await secrets.get("anthropic-api-key") == "sk-not-a-real-key"
    assert await secrets.get("a-key") == "other"
    with pytest.raises(ConfigurationError, match="GEMINI_API_KEY"):
        await secrets.get("gemini-api-key")


async def called(model: Model, request: Request) -> list[str]:
    return [part.name for part in (await model.complete(request)).parts if isinstance(part, ToolCall)]


async def _rejected(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    return JSONResponse({"detail": error.detail}, error.status)


async def test_the_scripted_model_answers_hears_calls_tools_and_fails_on_request() -> None:
    routes = [Mount("/_sim/models", routes=ModelRoutes().routes())]
    app, http = Starlette(routes=routes, exception_handlers={Rejected: _rejected}), HttpxHttp()

    async def key() -> str:
        return "local-secret"

    async with served(app) as origin, httpx.AsyncClient(base_url=f"{origin}/_sim/models") as sim:
        for form in ("anthropic", "openai", "gemini"):
            chosen = answers(f"scripted:{form}", origin)[0]
            entry = chosen.order("answer")["scripted"]
            model = plugins.model(entry.format, Connection(entry.model, key, http, entry.url))
            asked = Request("", [Message("person", [Text("May I speak to a human?")])], tools=[SEARCH, HUMAN])
            assert await called(model, asked) == ["call_human"]
            assert await called(model, Request("", asked.messages, tools=[SEARCH])) == ["search_knowledge"]
            assert (await sim.post("/faults", json={"vendor": form, "failure": "busy"})).status_code == 200
            with pytest.raises(ModelFailed):
                await model.complete(asked)
            assert (await sim.delete("/faults")).json() == {"faults": {}}
            assert (await model.complete(asked)).stop == "tools"
        ears = chosen.order("transcribe")["ears"]
        hearing = plugins.model(ears.format, Connection(ears.model, key, http, ears.url))
        assert isinstance(hearing, Hearing)
        heard = await hearing.transcribe(File(b"OggS", "audio/ogg"), "fr")
        assert heard.text == "À quelle heure ouvre la piscine ?"
        assert list(chosen.order("speak")) == ["ears"]
        assert isinstance(hearing, Speaking)
        (note,) = (await hearing.speak("La piscine ouvre à huit heures.", "fr")).parts
        assert isinstance(note, File)
        assert note.data.startswith(b"OggS")
        refused = await sim.post("/faults", json={"vendor": "mistral", "failure": "busy"})
        assert (refused.status_code, "expected one of gemini" in refused.text) == (400, True)
    await http.close()
