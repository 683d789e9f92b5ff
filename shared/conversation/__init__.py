"""The conversation aggregate and its documents: building blocks of transactions, no use cases."""
