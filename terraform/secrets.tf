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

resource "google_secret_manager_secret_iam_member" "readers" {
  for_each  = module.manifest.secret_readers
  project   = local.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = module.function[each.value.function].member
}
