output "deployer" {
  description = "The repository's variables for the workflows in .github; null without a repository."
  value = one([
    for repository in local.delivery : {
      DEPLOYER          = google_service_account.deployer[repository].email
      PLANNER           = google_service_account.planner[repository].email
      IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github[repository].name
    }
  ])
}

output "secrets" {
  description = "Secrets that need a value: `make secrets`."
  value       = sort(module.manifest.secrets)
}

output "webhook" {
  description = "The webhook's address for gateways: <webhook>/<tenant>/<channel>."
  value       = "${local.origin}/webhook"
}
