# Topics, and push subscriptions of our own: the platform's triggers have neither dead letters nor an ack deadline
# (infra/decisions/0004-push-over-http.md).

locals {
  # Google's own account that moves messages to dead-letter topics.
  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "this" {
  for_each = module.manifest.topics
  project  = local.project
  name     = each.key
  # checkov:skip=CKV_GCP_83:Google's own keys encrypt it; a key of ours would be one more thing to lose.
  # Published messages can be replayed after a bug of ours.
  message_retention_duration = "604800s" # 7 days

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic" "dead" {
  # checkov:skip=CKV_GCP_83:Google's own keys encrypt it; a key of ours would be one more thing to lose.
  for_each = module.manifest.dead_letter_topics
  project  = local.project
  name     = each.value

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_subscription" "push" {
  for_each                   = module.manifest.subscriptions
  project                    = local.project
  name                       = each.key
  topic                      = merge(google_pubsub_topic.this, google_pubsub_topic.dead)[each.value.topic].id
  ack_deadline_seconds       = each.value.ack_deadline
  enable_message_ordering    = each.value.ordered
  message_retention_duration = "604800s" # 7 days

  push_config {
    push_endpoint = "${module.function[each.value.function].uri}${each.value.path}"
    oidc_token {
      service_account_email = google_service_account.caller["push"].email
      audience              = module.function[each.value.function].uri
    }
  }
  retry_policy {
    minimum_backoff = "${each.value.min_backoff}s"
    maximum_backoff = "${each.value.max_backoff}s"
  }
  dynamic "dead_letter_policy" {
    for_each = each.value.dead_letter_topic[*]
    content {
      dead_letter_topic     = google_pubsub_topic.dead[dead_letter_policy.value].id
      max_delivery_attempts = each.value.attempts
    }
  }
  expiration_policy {
    ttl = "" # never, also without any messages
  }
}

# Keeps all messages of a dead-letter topic, also if their push fails: the last copy.
resource "google_pubsub_subscription" "dead" {
  for_each                   = google_pubsub_topic.dead
  project                    = local.project
  name                       = each.value.name
  topic                      = each.value.id
  ack_deadline_seconds       = 600
  message_retention_duration = "2678400s" # 31 days, the most there is

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "publishers" {
  for_each = module.manifest.publishers
  project  = local.project
  topic    = google_pubsub_topic.this[each.value.topic].name
  role     = "roles/pubsub.publisher"
  member   = module.function[each.value.function].member
}

# https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
resource "google_pubsub_topic_iam_member" "dead" {
  for_each = google_pubsub_topic.dead
  project  = local.project
  topic    = each.value.name
  role     = "roles/pubsub.publisher"
  member   = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead" {
  for_each     = google_pubsub_topic.dead
  project      = local.project
  subscription = google_pubsub_subscription.push[trimsuffix(each.key, "-dead")].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
