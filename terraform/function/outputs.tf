output "account" {
  description = "The function's service account, as IAM's own policies name it."
  value       = "projects/${var.project}/serviceAccounts/${google_service_account.this.account_id}@${var.project}.iam.gserviceaccount.com"
}

output "member" {
  description = "The function's identity, as IAM writes it."
  value       = local.member
}

output "uri" {
  description = "Its address, also the audience of tokens for it. Known once its callers are allowed."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
  depends_on  = [google_cloud_run_service_iam_member.invokers]
}
