"""Commands of an operator for a deployment: preflight checks, Terraform, secrets, tenants."""
