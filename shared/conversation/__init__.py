"""The aggregate and its neighbours: building blocks of transactions, no use case."""
