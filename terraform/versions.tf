terraform {
  required_version = ">= 1.11"
  required_providers {
    google = {
      source = "hashicorp/google"
      # .terraform.lock.hcl fixes the version and its checksums. To upgrade: terraform/README.md, "Upgrading the provider".
      version = "~> 6.50"
    }
  }
  # `make deploy` names the bucket and the prefix.
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region
  # Budget calls need a project for their quota.
  billing_project       = var.project
  user_project_override = true
  default_labels        = { application = "concierge", environment = var.environment }
}
