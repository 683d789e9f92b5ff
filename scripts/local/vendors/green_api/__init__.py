"""Green API, a hosted HTTP API of WhatsApp Web: https://green-api.com/en/docs/."""
