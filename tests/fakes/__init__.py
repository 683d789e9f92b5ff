"""Stand-ins for what cannot be run here: vendors that speak their own wire format on a socket."""
