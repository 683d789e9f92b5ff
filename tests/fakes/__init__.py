"""Stand-ins for services that cannot run here: vendors with their own wire format on a socket."""
