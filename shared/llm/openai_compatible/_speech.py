"""Speech: a text, and the sound of it. https://platform.openai.com/docs/api-reference/audio/createSpeech"""

from __future__ import annotations

from shared.formats import sound
from shared.llm import Completion, Failure, File, ModelFailed, Usage
from shared.llm._failures import garbled

_NAME = "openai_compatible"


def body(model: str, voice: str, text: str, language: str) -> dict[str, str]:
    """Returns the request for a voice note; `language` "" leaves it to the model."""
    spoken = {"model": model, "voice": voice, "input": text, "response_format": "opus"}
    told = {"instructions": f"The text is in the language {language} (ISO 639-1)."} if language else {}
    return spoken | told


def read(data: bytes, model: str, text: str) -> Completion:
    """Returns the sound. Raises ModelFailed if there is none, or one of another format.

    Some servers ignore the format that was asked for. The answer has no field for usage: models are paid by
    the characters of the text or by the length of the sound.
    """
    if not data.strip():
        raise ModelFailed(Failure.EMPTY, f"{_NAME}_empty")
    seconds = sound.seconds(data)
    if seconds is None:
        raise garbled(_NAME)
    if seconds <= 0:
        raise ModelFailed(Failure.EMPTY, f"{_NAME}_empty")
    usage = Usage(seconds=seconds, characters=len(text))
    return Completion([File(data, "audio/ogg")], "done", usage, model)
