"""What an operator does to a deployment, behind make targets: plan, deploy, destroy, secrets, tenant."""
