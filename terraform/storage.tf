# Buckets. Nobody reaches them from outside: what is in them passes through functions.

locals {
  # What is kept for how long; pages and media are people's.
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
  # What a deployment has replaced can be looked at for a month.
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
  # checkov:skip=CKV_GCP_62:Only functions read and write here; access logs would be one more copy of who asked for what.
  # checkov:skip=CKV_GCP_78:What is to be forgotten must not live on as an old version.
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

# A function that needs the bucket of received media has the role that its need brings.
resource "google_storage_bucket_iam_member" "media" {
  for_each = { for name, function in module.manifest.functions : name => function.buckets.media if contains(keys(function.buckets), "media") }
  bucket   = google_storage_bucket.kept["media"].name
  role     = each.value
  member   = module.function[each.key].member
}
