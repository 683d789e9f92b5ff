# Identities other than functions: callers of functions, and administrators of documents.

locals {
  callers = {
    push      = "Pub/Sub pushes messages as this."
    scheduler = "Cloud Scheduler calls functions as this."
  }
  caller = {
    for name, account in google_service_account.caller :
    name => "serviceAccount:${account.account_id}@${var.project}.iam.gserviceaccount.com"
  }
  administrators = {
    "roles/datastore.user"   = var.administrators.editors
    "roles/datastore.viewer" = var.administrators.viewers
  }
}

resource "google_service_account" "caller" {
  for_each     = local.callers
  project      = local.project
  account_id   = "call-${each.key}"
  display_name = each.value
}

# Access to the Firestore console, and to no other part of the project.
resource "google_project_iam_member" "administrators" {
  for_each = merge([
    for role, members in local.administrators : { for member in members : "${role} ${member}" => { role = role, member = member } }
  ]...)
  project = local.project
  role    = each.value.role
  member  = each.value.member
}

# Audit logs of reads and writes of people's conversations, of their files and of secrets, except the functions' own.
# Firestore's logs are enabled under its older name: https://cloud.google.com/firestore/docs/audit-logging
resource "google_project_iam_audit_config" "data" {
  for_each = toset(["datastore.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com"])
  project  = local.project
  service  = each.value

  dynamic "audit_log_config" {
    for_each = toset(["DATA_READ", "DATA_WRITE"])
    content {
      log_type         = audit_log_config.value
      exempted_members = [for function in module.function : function.member]
    }
  }
}

moved {
  from = google_project_iam_audit_config.firestore
  to   = google_project_iam_audit_config.data["datastore.googleapis.com"]
}
