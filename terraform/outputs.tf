output "deployer" {
  description = "What the workflow in .github needs as variables of the repository; null without a repository."
  value = one([
    for repository in local.delivery : {
      DEPLOYER          = google_service_account.deployer[repository].email
      IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github[repository].name
    }
  ])
}

output "secrets" {
  description = "Secrets that want a value: `make secrets`."
  value       = sort(module.manifest.secrets)
}

output "webhook" {
  description = "Where gateways reach us: <webhook>/<tenant>/<channel>."
  value       = "${local.origin}/webhook"
}
