"""What `webhook` and `reply` do with events from outside: intake, burst, gates, media, turn, changes."""
