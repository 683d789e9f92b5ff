# Cloud Build turns bundles into images, as an identity of its own with no other rights:
# https://cloud.google.com/functions/docs/securing/build-custom-sa

resource "google_service_account" "build" {
  project      = local.project
  account_id   = "builder"
  display_name = "Builds functions"
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:Google's own keys encrypt it; a key of ours would be one more thing to lose.
  project       = local.project
  location      = var.region
  repository_id = "functions"
  description   = "Images of the functions."
  format        = "DOCKER"

  # Per function. A revision can be rolled back to (scripts/cloud/rollback.py) as long as its image is kept.
  cleanup_policies {
    id     = "keep-the-latest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "2592000s" # 30 days
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = local.project
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = local.build
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.bundles.name
  role   = "roles/storage.objectViewer"
  member = local.build
}

resource "google_project_iam_member" "build" {
  for_each = {
    "roles/logging.logWriter" = null
    # The platform copies a bundle into a bucket of its own, which this configuration does not name.
    "roles/storage.objectViewer" = "resource.name.startsWith('projects/_/buckets/gcf-v2-sources-${var.project_number}-')"
  }
  project = local.project
  role    = each.key
  member  = local.build

  dynamic "condition" {
    for_each = each.value[*]
    content {
      title      = "only sources of functions"
      expression = condition.value
    }
  }
}

# New grants take effect in about two minutes: https://docs.cloud.google.com/iam/docs/access-change-propagation. The
# first build waits for them; later deployments do not, as long as the grants are the same. Terraform's own
# `terraform_data` does what hashicorp/time would, with one provider less to trust.
resource "terraform_data" "build_may" {
  triggers_replace = [
    google_artifact_registry_repository_iam_member.build.id,
    google_storage_bucket_iam_member.build.id,
    [for grant in google_project_iam_member.build : grant.id],
  ]

  provisioner "local-exec" {
    command = "sleep 120"
  }
}

locals {
  build         = "serviceAccount:${google_service_account.build.account_id}@${var.project}.iam.gserviceaccount.com"
  build_account = "projects/${var.project}/serviceAccounts/${google_service_account.build.account_id}@${var.project}.iam.gserviceaccount.com"
}
