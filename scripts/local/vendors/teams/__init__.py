"""Teams: webhooks of Workflows, and outgoing webhooks."""
