# Deployments from GitHub without a key: the workflow's own token becomes the deployer (jobs of one environment, on the
# main branch) or the planner (planner.tf).
# https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
#
# The deployer changes everything but identities: service accounts, whom they let in, roles of our own, the trust in
# GitHub and its own rights are an operator's. So a new function's first deployment is an operator's too.

locals {
  delivery = var.repository == "" ? toset([]) : toset([var.repository])
  deployer_roles = concat(
    [
      "roles/artifactregistry.admin",
      "roles/bigquery.admin",
      "roles/cloudfunctions.developer",
      "roles/cloudscheduler.admin",
      "roles/datastore.owner",
      "roles/firebaserules.admin",
      "roles/iam.roleViewer",
      "roles/iam.workloadIdentityPoolViewer", # reads the trust configuration, cannot change it
      "roles/logging.configWriter",
      "roles/monitoring.admin",
      "roles/pubsub.admin",
      "roles/run.admin",
      "roles/secretmanager.admin",
      "roles/serviceusage.serviceUsageAdmin",
      "roles/storage.admin",
    ],
    [local.our_role["deployerAccounts"], local.our_role["modelAsker"]],
    var.hostname == "" ? [] : ["roles/compute.loadBalancerAdmin", "roles/compute.securityAdmin"],
  )
  # The accounts that it deploys functions, builds, subscriptions and schedules with. Any other account of the project,
  # such as Compute Engine's default one, which is often an editor, is out of its reach.
  acted_as = merge(
    { for name, function in module.function : "fn-${name}" => function.account },
    { builder = local.build_account },
    { exporter = "projects/${var.project}/serviceAccounts/${google_service_account.export.account_id}@${var.project}.iam.gserviceaccount.com" },
    { for name, account in google_service_account.caller : "call-${name}" => "projects/${var.project}/serviceAccounts/${account.account_id}@${var.project}.iam.gserviceaccount.com" },
  )
  # The roles that the deployer may grant on the project: those that this configuration grants, except its own. IAM
  # tells the role, not the member: it can grant these to anybody, which is in the audit log.
  grantable = sort(setunion(
    keys(local.administrators),
    keys(google_project_iam_member.build),
    [google_project_iam_member.export.role],
    flatten([for roles in local.function_roles : tolist(roles)]),
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

  depends_on = [google_project_iam_custom_role.this]
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

resource "google_service_account_iam_member" "acted_as" {
  for_each           = length(local.delivery) == 0 ? {} : local.acted_as
  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = local.deployer
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
  # A repository's name can be given up and taken by a stranger; its id cannot. The subjects are exact: a job of the
  # environment of this name, which GitHub may bind to reviewers, on the main branch; and the planner's.
  # https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
  attribute_condition = join(" ", [
    "assertion.repository_id == '${var.repository_id}' &&",
    "(assertion.sub == '${local.deploys}' && assertion.ref == 'refs/heads/main' ||",
    "assertion.sub in [${join(", ", [for subject in local.plans : "'${subject}'"])}])",
  ])

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "deployer" {
  for_each           = local.delivery
  service_account_id = "projects/${var.project}/serviceAccounts/${google_service_account.deployer[each.key].account_id}@${var.project}.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "${local.subjects}/${local.deploys}"

  depends_on = [google_iam_workload_identity_pool.github]
}

locals {
  deploys  = "repo:${var.repository}:environment:${var.environment}"
  subjects = "principal://iam.googleapis.com/projects/${var.project_number}/locations/global/workloadIdentityPools/github/subject"
  deployer = one([
    for account in google_service_account.deployer : "serviceAccount:${account.account_id}@${var.project}.iam.gserviceaccount.com"
  ])
}
