"""The data models: pydantic documents, events and messages made of parts. No I/O."""
