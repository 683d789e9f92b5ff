"""Handling of events from outside in `webhook` and `reply`: intake, burst, gates, media, turn, changes."""
