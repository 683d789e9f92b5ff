# The function's roles on the project, and its callers. Its grants on topics and secrets are in the files of these.

locals {
  # Built from the account's own id, so that a plan shows the member and still waits for the account.
  member = "serviceAccount:${google_service_account.this.account_id}@${var.project}.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "roles" {
  for_each = var.function.roles
  project  = var.project
  role     = each.value
  member   = local.member
}

resource "google_cloud_run_service_iam_member" "invokers" {
  for_each = var.invokers
  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value

  # A function that is recreated has a new service below it, without the grants of the old one.
  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
