"""Dialogues played through language models: `kinds/*.yaml` has them, each file one kind.

A turn has a person's message and assertions on its answer. Its `script` holds the scripted model's answers,
lies too, so that our own part is measured: tools, guards, refusals, costs, sources. A real model ignores
it.
"""
