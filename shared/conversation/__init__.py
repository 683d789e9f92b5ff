"""Who may speak, when: intake, the turn with its lease, gates, presence of humans, and the sweep."""
