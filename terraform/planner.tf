# The planner: an identity that reads the configuration and changes nothing, for plans on pull requests and for the
# nightly drift check. It reads no document, no file of a person and no value of a secret.

locals {
  plans = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/main"]
  planner_roles = concat([
    "roles/artifactregistry.reader",
    "roles/bigquery.metadataViewer",
    "roles/browser",
    "roles/cloudfunctions.viewer",
    "roles/cloudscheduler.viewer",
    "roles/firebaserules.viewer",
    "roles/iam.roleViewer",
    "roles/iam.serviceAccountViewer",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.viewer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageConsumer",
  ], [local.our_role["planner"], local.our_role["modelAsker"]], var.hostname == "" ? [] : ["roles/compute.viewer"])
}

resource "google_service_account" "planner" {
  for_each     = local.delivery
  project      = local.project
  account_id   = "planner"
  display_name = "Plans for ${each.value}"
}

resource "google_project_iam_member" "planner" {
  for_each = length(local.delivery) == 0 ? toset([]) : toset(local.planner_roles)
  project  = local.project
  role     = each.value
  member   = local.planner

  depends_on = [google_project_iam_custom_role.this]
}

# Terraform's state, whose bucket is made before the first plan, and the bundles of what is deployed.
resource "google_storage_bucket_iam_member" "planner" {
  for_each = length(local.delivery) == 0 ? toset([]) : toset(["${var.project}-terraform", google_storage_bucket.bundles.name])
  bucket   = each.value
  role     = "roles/storage.objectViewer"
  member   = local.planner
}

resource "google_service_account_iam_member" "planner" {
  for_each           = length(local.delivery) == 0 ? toset([]) : toset(local.plans)
  service_account_id = "projects/${var.project}/serviceAccounts/${one([for account in google_service_account.planner : account.account_id])}@${var.project}.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "${local.subjects}/${each.value}"

  depends_on = [google_iam_workload_identity_pool.github]
}

locals {
  planner = one([
    for account in google_service_account.planner : "serviceAccount:${account.account_id}@${var.project}.iam.gserviceaccount.com"
  ])
}
