"""Google Drive, simulated."""
