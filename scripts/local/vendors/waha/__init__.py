"""WAHA, an HTTP API of WhatsApp Web: https://waha.devlike.pro/docs/."""
