"""The outbox: claim, send, settle; and the receipts that follow."""
