# The destinations of log lines. They hold ids and no texts of people (shared/platform/logs.py).

resource "google_logging_project_bucket_config" "default" {
  project        = local.project
  location       = "global"
  bucket_id      = "_Default"
  retention_days = var.log_days
}

# The address of a private page gives the right to read it: no log keeps one. The function's own lines name none.
resource "google_logging_project_exclusion" "page_links" {
  project     = local.project
  name        = "page-links"
  description = "Cloud Run's own lines about requests to the function pages."
  filter      = "log_id(\"run.googleapis.com/requests\") AND resource.labels.service_name=\"pages\""
}

# One row for each step of a function, as the source of reports.
resource "google_bigquery_dataset" "events" {
  # checkov:skip=CKV_GCP_81:Google's own keys encrypt it; a key of ours would be one more thing to lose.
  project                         = local.project
  dataset_id                      = "events"
  location                        = var.region
  description                     = "The functions' steps, one row each."
  default_partition_expiration_ms = var.events_days * 24 * 3600 * 1000
  delete_contents_on_destroy      = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_logging_project_sink" "events" {
  project                = local.project
  name                   = "events"
  destination            = "bigquery.googleapis.com/projects/${local.project}/datasets/${google_bigquery_dataset.events.dataset_id}"
  filter                 = "resource.type=\"cloud_run_revision\" AND jsonPayload.function:*"
  unique_writer_identity = true

  bigquery_options {
    use_partitioned_tables = true
  }
}

resource "google_bigquery_dataset_iam_member" "sink" {
  project    = local.project
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_logging_project_sink.events.writer_identity
}
