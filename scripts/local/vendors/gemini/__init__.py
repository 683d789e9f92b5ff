"""Gemini, Google's language model, for its real client: https://ai.google.dev/api."""
