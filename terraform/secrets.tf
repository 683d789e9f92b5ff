# Secrets without values: `make secrets` asks an operator for them, so that none is in a file, a plan or a state.

resource "google_secret_manager_secret" "this" {
  for_each  = module.manifest.secrets
  project   = local.project
  secret_id = each.value

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

# Public functions verify their callers. While a secret is rotated, they also accept the value before it, for a day after
# the time at which the newest was made (shared/platform/secrets), which secretAccessor does not tell.
resource "google_project_iam_custom_role" "version_times" {
  project     = local.project
  role_id     = "secretVersionTimes"
  title       = "Reads when a secret's version was made"
  permissions = ["secretmanager.versions.get"]
}

resource "google_secret_manager_secret_iam_member" "version_times" {
  for_each  = { for key, reader in module.manifest.secret_readers : key => reader if module.manifest.functions[reader.function].public }
  project   = local.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "projects/${local.project}/roles/${google_project_iam_custom_role.version_times.role_id}"
  member    = module.function[each.value.function].member
}

resource "google_secret_manager_secret_iam_member" "readers" {
  for_each  = module.manifest.secret_readers
  project   = local.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = module.function[each.value.function].member
}
