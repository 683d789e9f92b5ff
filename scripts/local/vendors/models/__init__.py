"""The vendors of language models, served from one scripted model: `server.py` over HTTP.

`exchange.py` is a request and an answer in no vendor's format, `script.py` the model; `gemini.py`,
`anthropic.py` and `openai.py` are the formats and each vendor's ways to fail, `broken.py` those of all.
"""
