# The export of the database to another location. The provider is mocked: nothing asks a cloud.

mock_provider "google" {}

variables {
  billing_account = "ABCDEF-ABCDEF-ABCDEF"
  environment     = "test"
  operators       = ["operator@example.org"]
  project         = "some-project"
  project_number  = "123456789012"
  region          = "europe-southwest1"
}

override_resource {
  target          = google_service_account.export
  override_during = plan
  values          = { email = "exporter@some-project.iam.gserviceaccount.com" }
}

run "the_database_is_exported" {
  command = plan

  assert {
    condition     = google_storage_bucket.exports.name == "some-project-exports" && lower(google_storage_bucket.exports.location) == "eu"
    error_message = "The bucket lies in a multi-region, which outlives the loss of the region, and which Firestore accepts."
  }
  assert {
    condition     = google_storage_bucket.exports.public_access_prevention == "enforced" && google_storage_bucket.exports.uniform_bucket_level_access
    error_message = "Nobody outside reads an export."
  }
  assert {
    condition     = [for rule in google_storage_bucket.exports.lifecycle_rule : [for c in rule.condition : c.age][0] if[for a in rule.action : a.type][0] == "Delete"] == [14]
    error_message = "Data erased at a person's request lives on in exports for 14 days at most."
  }
  assert {
    condition     = google_storage_bucket.exports.soft_delete_policy[0].retention_duration_seconds == 0 && !google_storage_bucket.exports.versioning[0].enabled
    error_message = "A deleted export is gone."
  }
  assert {
    condition     = google_cloud_scheduler_job.export.region == "europe-west1" && google_cloud_scheduler_job.export.schedule == "17 */6 * * *"
    error_message = "It runs every six hours, in a region that has Cloud Scheduler."
  }
  assert {
    condition     = google_cloud_scheduler_job.export.http_target[0].uri == "https://firestore.googleapis.com/v1/projects/some-project/databases/(default):exportDocuments" && google_cloud_scheduler_job.export.http_target[0].http_method == "POST"
    error_message = "It asks Firestore to export the database of this project."
  }
  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.export.http_target[0].body)) == { outputUriPrefix = "gs://some-project-exports" }
    error_message = "All collections go to the bucket, each export to a folder of its own."
  }
  assert {
    condition     = google_cloud_scheduler_job.export.http_target[0].oauth_token[0].service_account_email == "exporter@some-project.iam.gserviceaccount.com"
    error_message = "Google's own APIs take an access token, of an account that can export and do no more."
  }
  assert {
    condition     = google_project_iam_member.export.role == "roles/datastore.importExportAdmin"
    error_message = "The account may export."
  }
  assert {
    condition     = google_storage_bucket_iam_member.exports.bucket == "some-project-exports" && google_storage_bucket_iam_member.exports.member == "serviceAccount:service-123456789012@gcp-sa-firestore.iam.gserviceaccount.com"
    error_message = "Firestore's own account writes the export."
  }
  assert {
    condition     = strcontains(google_logging_metric.exports.filter, "job_id=\"${google_cloud_scheduler_job.export.name}\"")
    error_message = "Exports are counted by the job's name."
  }
  assert {
    condition     = strcontains(one(google_monitoring_alert_policy.exports_missing.conditions).condition_prometheus_query_language[0].query, "user_${google_logging_metric.exports.name}{")
    error_message = "An alert tells when none was begun."
  }
  assert {
    condition     = length(google_monitoring_alert_policy.exports_missing.notification_channels) == 1 && length(google_monitoring_alert_policy.exports_failed.notification_channels) == 1
    error_message = "Alerts reach the operators."
  }
}

run "an_export_is_kept_for_two_weeks_at_most" {
  command = plan
  variables {
    export_days = 15
  }
  expect_failures = [var.export_days]
}

run "a_region_is_no_location_for_exports" {
  command = plan
  variables {
    export_location = "europe-southwest1"
  }
  expect_failures = [var.export_location]
}
