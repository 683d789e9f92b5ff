# Cloud Scheduler calls the functions that have a schedule. A failed call is not retried: the next is due soon. Not
# every region has Cloud Scheduler, and a job may call a function of another region.

resource "google_cloud_scheduler_job" "this" {
  for_each         = module.manifest.schedules
  project          = local.project
  region           = var.schedule_region
  name             = each.key
  description      = module.manifest.functions[each.key].description
  schedule         = each.value.cron
  time_zone        = "Etc/UTC"
  attempt_deadline = "${each.value.deadline}s"

  http_target {
    http_method = "POST"
    uri         = "${module.function[each.key].uri}${each.value.path}"
    oidc_token {
      service_account_email = google_service_account.caller["scheduler"].email
      audience              = module.function[each.key].uri
    }
  }
  retry_config {
    retry_count = 0
  }
}
