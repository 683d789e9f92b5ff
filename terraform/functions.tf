# The functions of the manifest. All derivation is in ./manifest, which needs no cloud.

locals {
  infra = "${path.root}/../infra"
  # ORIGIN/FUNCTION/…: our own hostname (hostname.tf), or the platform's address for all functions of a region, which is
  # known before they exist.
  origin = "https://${local.hosted ? var.hostname : "${var.region}-${var.project}.cloudfunctions.net"}"
}

module "manifest" {
  source  = "./manifest"
  path    = "${local.infra}/functions.yaml"
  tenants = var.tenants
  demo    = var.demo
  sizes   = var.sizes
  environment = {
    CONCIERGE_BLOBS       = "gs://${var.project}-media" # storage.tf
    CONCIERGE_BUS         = "pubsub:${var.project}"
    CONCIERGE_CLIENT_IP   = var.hostname == "" ? "x-forwarded-for" : local.client_header
    CONCIERGE_EMBEDDINGS  = var.embeddings
    CONCIERGE_LOG_LEVEL   = var.log_level
    CONCIERGE_ORIGIN      = local.origin
    CONCIERGE_SECRETS     = "secret_manager:${var.project}"
    CONCIERGE_STORE       = "firestore:${var.project}"
    CONCIERGE_TRACES      = "cloud:${var.project}"
    CONCIERGE_WAKE_AHEAD  = var.wake_ahead ? "on" : "off"
    GOOGLE_CLOUD_LOCATION = var.model_location
    GOOGLE_CLOUD_PROJECT  = var.project
  }
}

module "function" {
  source   = "./function"
  for_each = module.manifest.functions
  project  = local.project
  region   = var.region
  name     = each.key
  function = merge(each.value, { roles = local.function_roles[each.key] })
  balanced = contains(local.balanced_only, each.key)
  invokers = merge(
    each.value.public ? { public = "allUsers" } : {},
    contains(local.pushed, each.key) ? { push = local.caller["push"] } : {},
    # Functions that are neither public nor called by Pub/Sub or the scheduler are for operators.
    each.value.public || each.value.internal ? {} : { for member in var.administrators.operators : member => member },
    contains(keys(module.manifest.schedules), each.key) ? { scheduler = local.caller["scheduler"] } : {},
  )
  build = {
    repository      = google_artifact_registry_repository.images.id
    service_account = google_service_account.build.id
  }
  bundle = {
    bucket = google_storage_bucket.bundles.name
    path   = "${var.bundles}/${each.key}.zip"
  }
  # Without its grants the build fails, and with it the function.
  depends_on = [google_project_iam_custom_role.this, terraform_data.build_may]
}

locals {
  pushed = toset([for subscription in module.manifest.subscriptions : subscription.function])
}
