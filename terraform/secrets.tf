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

# Public functions verify their callers, also while a secret is rotated (roles.tf).
resource "google_secret_manager_secret_iam_member" "version_times" {
  for_each  = { for key, reader in module.manifest.secret_readers : key => reader if module.manifest.functions[reader.function].public }
  project   = local.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = local.our_role["secretVersionTimes"]
  member    = module.function[each.value.function].member

  depends_on = [google_project_iam_custom_role.this]
}

resource "google_secret_manager_secret_iam_member" "readers" {
  for_each  = module.manifest.secret_readers
  project   = local.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = module.function[each.value.function].member
}
