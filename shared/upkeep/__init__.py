"""Administration, pairing and monitoring of the channels' gateways; dead letters, replay and the sweep."""
