# Buckets. They are closed to the outside: only functions serve their files.

locals {
  # Retention of buckets with people's data, in days.
  kept = { media = var.media_days, pages = var.page_days }
}

resource "google_storage_bucket" "bundles" {
  # checkov:skip=CKV_GCP_62:Only deployments write here, and Cloud Audit Logs have them.
  project                     = local.project
  name                        = "${var.project}-bundles"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }
  # Replaced bundles stay available for a month, as long as the images made of them.
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_storage_bucket" "kept" {
  # checkov:skip=CKV_GCP_62:Only functions read and write here; access logs would be one more copy of personal data.
  # checkov:skip=CKV_GCP_78:Erased files must not survive as old versions.
  for_each                    = local.kept
  project                     = local.project
  name                        = "${var.project}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = false
  }
  soft_delete_policy {
    retention_duration_seconds = 0
  }
  lifecycle_rule {
    condition {
      age = each.value
    }
    action {
      type = "Delete"
    }
  }
  lifecycle {
    prevent_destroy = true
  }
}

# Functions get access to the bucket of received media through their needs.
resource "google_storage_bucket_iam_member" "media" {
  for_each = { for name, function in module.manifest.functions : name => function.buckets.media if contains(keys(function.buckets), "media") }
  bucket   = google_storage_bucket.kept["media"].name
  role     = each.value
  member   = module.function[each.key].member
}
