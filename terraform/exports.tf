# Exports of the database to another region's bucket: the last copy if the region is lost, and the way of a restore
# (infra/runbooks/leave-region.md, infra/runbooks/restore.md). Backups stay in the database's own region.

locals {
  firestore_agent = "serviceAccount:service-${var.project_number}@gcp-sa-firestore.iam.gserviceaccount.com"
  export_job      = "export"
  # Two exports in a row that were not begun.
  export_missing = "13h"
}

# Firestore writes to a bucket in its own region or in the multi-region that holds it, and to no dual-region:
# https://github.com/googleapis/nodejs-firestore/issues/992
resource "google_storage_bucket" "exports" {
  # checkov:skip=CKV_GCP_62:Only Firestore writes here; access logs would be one more copy of personal data.
  # checkov:skip=CKV_GCP_78:Data that a person had erased must not survive as old versions.
  project                     = local.project
  name                        = "${var.project}-exports"
  location                    = var.export_location
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
      age = var.export_days
    }
    action {
      type = "Delete"
    }
  }
  lifecycle {
    prevent_destroy = true
  }
}

# https://cloud.google.com/firestore/docs/manage-data/export-import#service_agent_permissions. Google makes the account
# with the project's first database.
resource "google_storage_bucket_iam_member" "exports" {
  bucket     = google_storage_bucket.exports.name
  role       = "roles/storage.admin"
  member     = local.firestore_agent
  depends_on = [google_firestore_database.this]
}

resource "google_service_account" "export" {
  project      = local.project
  account_id   = "exporter"
  display_name = "Cloud Scheduler exports the database as this."
}

resource "google_project_iam_member" "export" {
  project = local.project
  role    = "roles/datastore.importExportAdmin"
  member  = "serviceAccount:${google_service_account.export.account_id}@${var.project}.iam.gserviceaccount.com"
}

# A bucket without a path gets a folder for each export, named by its time:
# https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases/exportDocuments
resource "google_cloud_scheduler_job" "export" {
  project          = local.project
  region           = var.schedule_region
  name             = local.export_job
  description      = "Exports the database to ${google_storage_bucket.exports.name}, which costs one read a document."
  schedule         = "17 */6 * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  http_target {
    http_method = "POST"
    uri         = "https://firestore.googleapis.com/v1/projects/${var.project}/databases/${google_firestore_database.this.name}:exportDocuments"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode({ outputUriPrefix = "gs://${google_storage_bucket.exports.name}" }))
    oauth_token {
      service_account_email = google_service_account.export.email
      scope                 = "https://www.googleapis.com/auth/datastore"
    }
  }
  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
  }
  depends_on = [google_project_iam_member.export, google_storage_bucket_iam_member.exports]
}

resource "google_logging_metric" "exports" {
  project     = local.project
  name        = "exports"
  description = "Exports of the database that were begun."
  filter      = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=\"${local.export_job}\" AND httpRequest.status=200"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_monitoring_alert_policy" "exports_missing" {
  project               = local.project
  display_name          = "No export of the database was begun"
  severity              = "ERROR"
  combiner              = "OR"
  notification_channels = local.channels["ERROR"]

  conditions {
    display_name = "No export of the database was begun"
    condition_prometheus_query_language {
      query                     = "absent_over_time(logging_googleapis_com:user_exports{monitored_resource=\"cloud_scheduler_job\"}[${local.export_missing}])"
      duration                  = "600s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }
  documentation {
    subject   = "Concierge: no export of the database was begun"
    mime_type = "text/markdown"
    content   = file("${local.infra}/runbooks/exports.md")
  }
  depends_on = [google_logging_metric.exports]
}

# An export that was begun may fail: its last audit line then has an error.
# https://cloud.google.com/firestore/docs/audit-logging
resource "google_monitoring_alert_policy" "exports_failed" {
  project               = local.project
  display_name          = "An export of the database failed"
  severity              = "ERROR"
  combiner              = "OR"
  notification_channels = local.channels["ERROR"]

  conditions {
    display_name = "An export of the database failed"
    condition_matched_log {
      filter = "protoPayload.methodName:\"FirestoreAdmin.ExportDocuments\" AND severity>=ERROR"
    }
  }
  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }
  documentation {
    subject   = "Concierge: an export of the database failed"
    mime_type = "text/markdown"
    content   = file("${local.infra}/runbooks/exports.md")
  }
}
