"""Requests for a human: the people who are told, their taking it, relaying, and giving back."""
