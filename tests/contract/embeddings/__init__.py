"""The contract of every embedder of shared/embeddings, and the vendors' wire formats."""
