# One function of the manifest: its identity, its bundle, and the function.

resource "google_service_account" "this" {
  project      = var.project
  account_id   = var.function.service_account
  display_name = "Function ${var.name}"
  description  = var.function.description
}

resource "google_storage_bucket_object" "bundle" {
  bucket = var.bundle.bucket
  # Named by content: the same tree is the same object; a changed tree is a new object and a new deployment.
  name           = "${var.name}/${filesha256(var.bundle.path)}.zip"
  source         = var.bundle.path
  source_md5hash = filemd5(var.bundle.path)
  content_type   = "application/zip"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "this" {
  project     = var.project
  location    = var.region
  name        = var.name
  description = var.function.description

  build_config {
    runtime           = "python311"
    entry_point       = var.name
    service_account   = var.build.service_account
    docker_repository = var.build.repository
    source {
      storage_source {
        bucket = google_storage_bucket_object.bundle.bucket
        object = google_storage_bucket_object.bundle.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.this.email
    available_memory                 = var.function.memory
    available_cpu                    = var.function.cpu
    timeout_seconds                  = var.function.timeout_seconds
    max_instance_request_concurrency = var.function.concurrency
    min_instance_count               = var.function.min_instances
    max_instance_count               = var.function.max_instances
    ingress_settings                 = var.function.internal ? "ALLOW_INTERNAL_ONLY" : var.balanced ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
    all_traffic_on_latest_revision   = true
    # The framework's own settings: asynchronous serving, one event loop in one worker.
    environment_variables = merge(var.function.environment, { FUNCTION_USE_ASGI = "true", WORKERS = "1" })
  }
}
