"""What can answer: fixed words, commands, the assistant on the tenant's knowledge, and the last resort."""
