"""Requests for a human, and their life."""
