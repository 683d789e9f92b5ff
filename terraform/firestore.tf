# The database, its indexes and times to live (infra/firestore.yaml), its backups, and rules that refuse browsers.

locals {
  firestore = yamldecode(file("${local.infra}/firestore.yaml"))
  # A composite index has no name of its own, so its content is its key.
  indexes = {
    for index in local.firestore.indexes : join(" ", concat([index.collection, index.scope], [
      for field in index.fields : "${field.path}:${lower(try(field.order, field.array))}"
    ])) => index
  }
  ttls = { for ttl in local.firestore.ttls : "${ttl.collection}/${ttl.path}" => ttl }
  # A time to live needs no index, unless a query uses the field: entries of `fields` take precedence.
  fields = merge(
    { for key, ttl in local.ttls : key => merge(ttl, { indexes = [] }) },
    { for field in local.firestore.fields : "${field.collection}/${field.path}" => field },
  )
}

resource "google_firestore_database" "this" {
  project                           = local.project
  name                              = "(default)"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_firestore_index" "this" {
  for_each    = local.indexes
  project     = local.project
  database    = google_firestore_database.this.name
  collection  = each.value.collection
  query_scope = each.value.scope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.path
      order        = try(fields.value.order, null)
      array_config = try(fields.value.array, null)
    }
  }
}

resource "google_firestore_index" "vector" {
  for_each = {
    for vector in local.firestore.vectors : "${vector.collection}/${vector.path}/${vector.dimension}" => vector
  }
  project    = local.project
  database   = google_firestore_database.this.name
  collection = each.value.collection

  fields {
    field_path = each.value.path
    vector_config {
      dimension = each.value.dimension
      flat {}
    }
  }
}

resource "google_firestore_field" "this" {
  for_each   = local.fields
  project    = local.project
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.path

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        query_scope  = indexes.value.scope
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.array, null)
      }
    }
  }
  dynamic "ttl_config" {
    for_each = contains(keys(local.ttls), each.key) ? [true] : []
    content {}
  }
}

resource "google_firestore_backup_schedule" "daily" {
  project   = local.project
  database  = google_firestore_database.this.name
  retention = "604800s" # 7 days

  daily_recurrence {}
}

resource "google_firestore_backup_schedule" "weekly" {
  project   = local.project
  database  = google_firestore_database.this.name
  retention = "${var.backup_weeks * 604800}s"

  weekly_recurrence {
    day = "SUNDAY"
  }
}

# Functions are authorised by IAM, to which rules do not apply; all other clients are refused.
resource "google_firebaserules_ruleset" "firestore" {
  project = local.project

  source {
    files {
      name    = "firestore.rules"
      content = file("${local.infra}/firestore.rules")
    }
  }
  depends_on = [google_firestore_database.this]
}

resource "google_firebaserules_release" "firestore" {
  project      = local.project
  name         = "cloud.firestore"
  ruleset_name = google_firebaserules_ruleset.firestore.name

  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.firestore]
  }
}
