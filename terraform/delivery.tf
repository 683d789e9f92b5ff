# Deployments from GitHub without a key: the workflow's own token, for one environment of one repository, becomes
# the deployer. https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines

locals {
  delivery = var.repository == "" ? toset([]) : toset([var.repository])
  deployer_roles = [
    "roles/artifactregistry.admin",
    "roles/bigquery.admin",
    "roles/cloudfunctions.developer",
    "roles/cloudscheduler.admin",
    "roles/datastore.owner",
    "roles/firebaserules.admin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityPoolViewer", # reads the trust configuration, cannot change it
    "roles/logging.configWriter",
    "roles/monitoring.admin",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ]
  # The roles that the deployer may grant on the project: those that this configuration grants, except its own.
  grantable = sort(setunion(
    keys(local.administrators),
    keys(google_project_iam_member.build),
    [google_project_iam_member.export.role],
    flatten([for function in module.manifest.functions : tolist(function.roles)]),
  ))
}

resource "google_service_account" "deployer" {
  for_each     = local.delivery
  project      = local.project
  account_id   = "deployer"
  display_name = "Deploys from ${each.value}"
}

resource "google_project_iam_member" "deployer" {
  for_each = length(local.delivery) == 0 ? toset([]) : toset(local.deployer_roles)
  project  = local.project
  role     = each.value
  member   = local.deployer
}

resource "google_project_iam_member" "deployer_grants" {
  for_each = local.delivery
  project  = local.project
  role     = "roles/resourcemanager.projectIamAdmin"
  member   = local.deployer

  condition {
    title = "only roles that functions and administrators have"
    expression = join(" || ", [
      # IAM allows at most ten roles in one list.
      for roles in chunklist([for role in local.grantable : "'${role}'"], 10) :
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", roles)}])"
    ])
  }
}

resource "google_iam_workload_identity_pool" "github" {
  for_each                  = local.delivery
  project                   = local.project
  workload_identity_pool_id = "github"
  display_name              = "GitHub"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  # checkov:skip=CKV_GCP_125:It cannot read an interpolated subject; ours names one environment of one repository, as tests check.
  for_each                           = local.delivery
  project                            = local.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github[each.key].workload_identity_pool_id
  workload_identity_pool_provider_id = "actions"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  # A job of the repository's environment of this name, which GitHub may bind to reviewers, on the main branch.
  attribute_condition = "assertion.sub == 'repo:${each.value}:environment:${var.environment}' && assertion.ref == 'refs/heads/main'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "deployer" {
  for_each           = local.delivery
  service_account_id = google_service_account.deployer[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/${var.project_number}/locations/global/workloadIdentityPools/${google_iam_workload_identity_pool.github[each.key].workload_identity_pool_id}/subject/repo:${each.value}:environment:${var.environment}"
}

locals {
  deployer = one([
    for account in google_service_account.deployer : "serviceAccount:${account.account_id}@${var.project}.iam.gserviceaccount.com"
  ])
}
