"""OpenAI's chat completions, which most vendors speak: OpenAI, OpenRouter, DeepSeek, Z.ai, Ollama, vLLM.

Also its transcriptions, speech and embeddings. The address is the one before `/chat/completions`, for
example https://openrouter.ai/api/v1. https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import ConfigurationError
from shared.formats import wire
from shared.llm import Completion, Connection, Failure, File, Model, ModelFailed, Request, Usage
from shared.llm._calls import Answer, Calls, Peculiarities, key_of
from shared.llm._failures import failed, is_of_content
from shared.llm._history import maker
from shared.llm.openai_compatible import _answers, _credit, _embeddings, _requests, _sounds, _speech

_NAME = "openai_compatible"
_URL = "https://api.openai.com/v1"
#: The voice that all models of OpenAI's have, and to which compatible servers map one of their own.
DEFAULT_VOICE = "alloy"
#: Parameters that models and vendors refuse, by the words with which they do it.
_PECULIAR = Peculiarities(
    {
        "temperature": "temperature",
        "max_tokens": "max_completion_tokens",
        "reasoning": "reasoning_effort",
        "json_schema": "json_schema|response_format",
        "json_object": "json_object|response_format",
        "language": r"\blanguage",
        "instructions": r"\binstructions",
    }
)
#: What is known of vendors before their first refusal. DeepSeek and Z.ai take no schema:
#: https://api-docs.deepseek.com/guides/json_mode
_KNOWN = {
    "api.openai.com": frozenset({"max_tokens"}),
    "api.deepseek.com": frozenset({"json_schema"}),
    "api.z.ai": frozenset({"json_schema"}),
}
_OPENROUTER = "openrouter.ai"


def create(connection: Connection) -> Model:
    return _OpenAiCompatible(connection)


class _OpenAiCompatible:
    def __init__(self, connection: Connection) -> None:
        self._connection, self._model = connection, connection.model
        self._calls = Calls(connection, _NAME, connection.url or _URL)

    async def complete(self, request: Request) -> Completion:
        key = await self._key()
        made_by = maker(self._connection, key, _NAME)

        async def ask(without: frozenset[str]) -> Answer:
            body = _requests.body(self._model, request, made_by, without | self._known())
            return await self._calls.post("/chat/completions", _headers(key), body)

        answer = await _PECULIAR.asked(self._calls.url, self._model, ask)
        if is_of_content(answer.error):
            return Completion([], "refused")
        return _answers.read(self._calls.ok(answer), made_by, request)

    async def transcribe(self, sound: File, language: str) -> Completion:
        """https://platform.openai.com/docs/api-reference/audio/createTranscription"""
        key = await self._key()

        async def ask(without: frozenset[str]) -> Answer:
            kind, body = _sounds.form(self._model, sound, "" if "language" in without else language)
            headers = _headers(key) | {"content-type": kind}
            return await self._calls.upload("/audio/transcriptions", headers, body)

        answer = await _PECULIAR.asked(self._calls.url, self._model, ask)
        return _sounds.read(self._calls.ok(answer), self._model)

    async def speak(self, text: str, language: str) -> Completion:
        """https://platform.openai.com/docs/api-reference/audio/createSpeech"""
        key, voice = await self._key(), self._connection.voice or DEFAULT_VOICE

        async def ask(without: frozenset[str]) -> Answer:
            body = _speech.body(self._model, voice, text, "" if "instructions" in without else language)
            return await self._calls.post("/audio/speech", _headers(key), body)

        answer = await _PECULIAR.asked(self._calls.url, self._model, ask)
        self._calls.check(answer)
        return _speech.read(answer.body, self._model, text)

    async def embed(self, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], Usage]:
        """https://platform.openai.com/docs/api-reference/embeddings/create"""
        headers = _headers(await self._key())

        async def ask(body: object) -> object:
            return self._calls.ok(await self._calls.post("/embeddings", headers, body))

        return await _embeddings.embed(self._model, texts, ask)

    async def reach(self) -> None:
        """Reads the list of models, which is free; at OpenRouter the key's limits, since its list is public.

        https://openrouter.ai/docs/api-reference/limits
        """
        headers = _headers(await self._key())
        is_openrouter = self._calls.host == _OPENROUTER
        found = self._calls.ok(await self._calls.get("/key" if is_openrouter else "/models", headers))
        left = wire.inside(found, "data", "limit_remaining")
        if is_openrouter and isinstance(left, int | float) and left <= 0:
            raise ModelFailed(Failure.SPENT, f"{_NAME}_limit")
        names = [wire.words(each, "id") for each in wire.items(found, "data")]
        if not self._connection.url and self._model not in names:  # others list names in forms of their own
            raise failed(_NAME, self._model, 404, {})

    async def credit(self) -> float | None:
        """Returns the US dollars that are left at OpenRouter, None at other vendors or without a limit."""
        if self._calls.host != _OPENROUTER:
            return None
        return await _credit.left(self._calls, _headers(await self._key()))

    async def _key(self) -> str | None:
        """Returns the key. Raises ModelFailed also if the tenant names no model: there is none for all."""
        if not self._model:
            missing = ConfigurationError(f"{_NAME}: model is missing (expected the vendor's name for it)")
            raise ModelFailed(Failure.REFUSED_KEY, f"{_NAME}_model") from missing
        return await key_of(self._connection, _NAME)

    def _known(self) -> frozenset[str]:
        return _KNOWN.get(self._calls.host or "", frozenset())


def _headers(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}
