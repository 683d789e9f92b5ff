# What would be deployed, from the real files of infra/. The provider is mocked: nothing asks a cloud. Grants are in
# tests/infra/test_permissions.py, which reads them from a plan.

mock_provider "google" {}

variables {
  administrators  = { viewers = ["group:office@example.org"] }
  billing_account = "ABCDEF-ABCDEF-ABCDEF"
  demo            = true
  environment     = "test"
  operators       = ["operator@example.org"]
  project         = "some-project"
  project_number  = "123456789012"
  region          = "africa-south1"
  repository      = "some/repository"
  repository_id   = "123456789"
}

override_resource {
  target          = module.function["reply"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://reply.run.app" } }
}

override_resource {
  target          = module.function["deliver"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://deliver.run.app" } }
}

override_resource {
  target          = module.function["handoff"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://handoff.run.app" } }
}

override_resource {
  target          = module.function["maintenance"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://maintenance.run.app" } }
}

override_resource {
  target          = module.function["knowledge"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://knowledge.run.app" } }
}

override_resource {
  target          = module.function["triggers"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://triggers.run.app" } }
}

override_resource {
  target          = module.function["health"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://health.run.app" } }
}

override_resource {
  target          = module.function["webhook"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://webhook.run.app" } }
}

override_resource {
  target          = google_service_account.caller["push"]
  override_during = plan
  values          = { email = "call-push@some-project.iam.gserviceaccount.com" }
}

override_resource {
  target          = google_service_account.caller["scheduler"]
  override_during = plan
  values          = { email = "call-scheduler@some-project.iam.gserviceaccount.com" }
}

override_resource {
  target          = google_pubsub_topic.dead
  override_during = plan
  values          = { id = "projects/some-project/topics/dead" }
}

# One plan for all that is asked of it: a plan is what takes time.
run "what_is_deployed" {
  command = plan

  # Messages reach their function, and none is lost.
  assert {
    condition     = google_pubsub_subscription.push["reply-inbound"].push_config[0].push_endpoint == "https://reply.run.app/inbound"
    error_message = "A message goes to its function's address, on the topic's path."
  }
  assert {
    condition     = google_pubsub_subscription.push["deliver-receipts"].push_config[0].push_endpoint == "https://deliver.run.app/receipts"
    error_message = "A function with two topics tells them apart by the path."
  }
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.push : startswith(s.push_config[0].push_endpoint, "${s.push_config[0].oidc_token[0].audience}/")])
    error_message = "A token's audience is the address of the function it is for, without a path."
  }
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.push : s.push_config[0].oidc_token[0].service_account_email == "call-push@some-project.iam.gserviceaccount.com"])
    error_message = "Nothing is pushed without the token of the account that may call."
  }
  assert {
    condition     = [for name, s in google_pubsub_subscription.push : name if s.enable_message_ordering] == ["deliver-receipts"]
    error_message = "Only receipts are ordered: a key that keeps failing holds back all that follow."
  }
  assert {
    condition = alltrue([
      for name, s in google_pubsub_subscription.push :
      s.ack_deadline_seconds == module.manifest.functions[module.manifest.subscriptions[name].function].timeout_seconds
    ])
    error_message = "The push request is cut at the ack deadline: it must be the function's timeout."
  }
  assert {
    condition     = google_pubsub_subscription.push["reply-inbound"].retry_policy[0].minimum_backoff == "1s" && google_pubsub_subscription.push["reply-inbound"].retry_policy[0].maximum_backoff == "300s"
    error_message = "What fails comes back in a second, then ever later."
  }
  assert {
    condition     = alltrue([for name, job in google_cloud_scheduler_job.this : job.schedule == (name == "knowledge" ? "*/5 * * * *" : "* * * * *") && job.http_target[0].http_method == "POST"])
    error_message = "Sources are looked at each five minutes; all other schedules run each minute."
  }
  assert {
    condition     = alltrue([for name, job in google_cloud_scheduler_job.this : job.http_target[0].oidc_token[0].audience == "https://${name}.run.app" && job.http_target[0].oidc_token[0].service_account_email == "call-scheduler@some-project.iam.gserviceaccount.com"])
    error_message = "A schedule's token is for its own function, of the account that may call it."
  }
  assert {
    condition     = { for name, job in google_cloud_scheduler_job.this : name => job.http_target[0].uri } == { handoff = "https://handoff.run.app/due", knowledge = "https://knowledge.run.app/due", maintenance = "https://maintenance.run.app/", triggers = "https://triggers.run.app/due" }
    error_message = "A schedule calls its function beside the paths of topics."
  }
  assert {
    condition     = alltrue([for job in google_cloud_scheduler_job.this : job.region == "europe-west1"])
    error_message = "Schedules are in a region that has Cloud Scheduler, wherever functions are."
  }
  assert {
    condition     = alltrue([for function in module.manifest.functions : lookup(function.environment, "GOOGLE_CLOUD_LOCATION", "eu") == "eu"]) && module.manifest.functions["reply"].environment["GOOGLE_CLOUD_LOCATION"] == "eu"
    error_message = "Models are asked in the multi-region of the European Union, wherever functions are."
  }
  assert {
    condition     = google_pubsub_subscription.push["handoff-handoffs"].push_config[0].push_endpoint == "https://handoff.run.app/handoffs"
    error_message = "Requests for a human reach the function that tells staff."
  }
  assert {
    condition = { for name, s in google_pubsub_subscription.push : name => length(s.dead_letter_policy) } == {
      for name in keys(google_pubsub_subscription.push) : name => endswith(name, "-dead") ? 0 : 1
    }
    error_message = "Every subscription has a dead-letter policy, but those that push dead letters."
  }
  assert {
    condition     = alltrue(flatten([for s in google_pubsub_subscription.push : [for policy in s.dead_letter_policy : policy.dead_letter_topic == "projects/some-project/topics/dead" && policy.max_delivery_attempts >= 5]]))
    error_message = "It names a topic for what cannot be handled, after as many attempts as Pub/Sub takes."
  }
  assert {
    condition     = keys(google_pubsub_topic.dead) == [for name in keys(google_pubsub_subscription.push) : "${name}-dead" if !endswith(name, "-dead")]
    error_message = "Each has a dead-letter topic of its own."
  }
  assert {
    condition     = google_pubsub_subscription.push["maintenance-reply-inbound-dead"].push_config[0].push_endpoint == "https://maintenance.run.app/dead"
    error_message = "Dead letters are pushed to the function that keeps them."
  }
  assert {
    condition     = keys(google_pubsub_subscription.dead) == keys(google_pubsub_topic.dead)
    error_message = "Each dead-letter topic is kept whole beside, by a subscription that nobody empties."
  }
  assert {
    condition     = alltrue([for s in merge(google_pubsub_subscription.push, google_pubsub_subscription.dead) : s.expiration_policy[0].ttl == ""])
    error_message = "No subscription ends because nobody wrote for a month."
  }
  assert {
    condition     = keys(google_pubsub_topic_iam_member.dead) == keys(google_pubsub_topic.dead) && [for grant in google_pubsub_subscription_iam_member.dead : "${grant.subscription}-dead"] == keys(google_pubsub_topic.dead)
    error_message = "Pub/Sub may move a message from every subscription to its dead-letter topic."
  }

  # What is kept, and where.
  assert {
    condition     = google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED" && google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.this.deletion_policy == "ABANDON"
    error_message = "The database can be read as it was, and cannot be deleted by a deployment."
  }
  assert {
    condition     = google_firestore_backup_schedule.daily.retention == "604800s" && google_firestore_backup_schedule.weekly.retention == "8467200s"
    error_message = "Daily backups for a week, weekly ones for fourteen."
  }
  assert {
    condition     = length(google_firestore_index.this) == length(local.firestore.indexes) && length(google_firestore_index.vector) == length(local.firestore.vectors)
    error_message = "Every index of infra/firestore.yaml is made; none stands there twice."
  }
  assert {
    condition = alltrue([
      for key, ttl in local.ttls : length(google_firestore_field.this[key].ttl_config) == 1
    ]) && length([for field in google_firestore_field.this : field if length(field.ttl_config) > 0]) == length(local.firestore.ttls)
    error_message = "Documents end by the fields that infra/firestore.yaml names, and by no others."
  }
  assert {
    condition     = strcontains(google_firebaserules_ruleset.firestore.source[0].files[0].content, "allow read, write: if false;")
    error_message = "Browsers reach no document."
  }
  assert {
    condition     = google_firebaserules_release.firestore.name == "cloud.firestore"
    error_message = "The rules are those of Firestore."
  }
  assert {
    condition     = alltrue([for bucket in concat([google_storage_bucket.bundles], values(google_storage_bucket.kept)) : bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access && bucket.force_destroy != true])
    error_message = "No bucket can be opened to the public, nor deleted with what is in it."
  }
  assert {
    condition     = google_storage_bucket.kept["media"].soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "What was erased is erased."
  }
  assert {
    condition     = google_bigquery_dataset.events.delete_contents_on_destroy == false
    error_message = "Events are not deleted by a deployment."
  }
  assert {
    condition     = google_firestore_database.this.location_id == "africa-south1" && google_bigquery_dataset.events.location == "africa-south1" && upper(google_storage_bucket.kept["media"].location) == "AFRICA-SOUTH1"
    error_message = "Documents, events and media lie in the region."
  }
  assert {
    condition     = alltrue([for topic in concat(values(google_pubsub_topic.this), values(google_pubsub_topic.dead)) : topic.message_storage_policy[0].allowed_persistence_regions == toset(["africa-south1"])])
    error_message = "Messages on their way do, too."
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.this : secret.replication[0].user_managed[0].replicas[0].location == "africa-south1"])
    error_message = "And so do secrets."
  }
  assert {
    condition     = contains(keys(google_secret_manager_secret.this), "hotel-waha-api-key")
    error_message = "The demo tenants' secrets are made when they are asked for."
  }

  # Operators are told, and deploy without a key.
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.this : startswith(alert.documentation[0].content, "# ") && length(alert.documentation[0].content) <= 8192])
    error_message = "Every alert brings its runbook, as long as the service takes it."
  }
  assert {
    condition     = alltrue([for alert in merge(google_monitoring_alert_policy.this, google_monitoring_alert_policy.burn) : length(alert.notification_channels) == 1])
    error_message = "Every alert reaches the operators."
  }
  assert {
    condition     = toset(keys(google_monitoring_slo.this)) == toset(["availability", "failed-interactions", "first-answer"])
    error_message = "Three promises are watched."
  }
  assert {
    condition     = google_monitoring_slo.this["availability"].goal == 0.995 && google_monitoring_slo.this["failed-interactions"].goal == 0.99
    error_message = "The goals are the product's."
  }
  assert {
    condition     = alltrue([for filter in ["subscription_dead_letter_message_count", "user_channel_down", "user_provider_failed", "user_posts_refused", "user_credentials_refused", "user_keys_refused", "user_credits_ending", "user_models_silent", "user_budgets_used", "user_turn_seconds", "user_overdue", "billable_instance_time", "user_handoffs_overdue", "user_emergency_steps", "user_notifier_failed", "user_promises_broken", "user_occurrences_late"] : anytrue([for alert in google_monitoring_alert_policy.this : strcontains(alert.conditions[0].condition_prometheus_query_language[0].query, filter)])])
    error_message = "Dead letters, pairings, providers, slowness, silence, costs, budgets, requests for a human, and messages of triggers are watched."
  }
  assert {
    condition     = google_monitoring_uptime_check_config.webhook.monitored_resource[0].labels["host"] == "webhook.run.app" && google_monitoring_uptime_check_config.health.monitored_resource[0].labels["host"] == "health.run.app"
    error_message = "The webhook is asked from outside, and so is what it stands on."
  }
  assert {
    condition     = module.manifest.functions["webhook"].environment["CONCIERGE_WAKE_AHEAD"] == "on"
    error_message = "The webhook starts the functions after it."
  }
  assert {
    condition     = module.manifest.functions["reply"].environment["CONCIERGE_EMBEDDINGS"] == "local"
    error_message = "Replies compare texts by meaning."
  }
  assert {
    condition     = length(google_billing_budget.month) == 1
    error_message = "With a billing account there is a budget."
  }
}

run "what_is_not_asked_for_is_not_made" {
  command = plan
  variables {
    administrators  = {}
    billing_account = ""
    demo            = false
    operators       = []
    repository      = ""
    repository_id   = ""
    embeddings      = "off"
    model_location  = "us-central1"
    schedule_region = "us-central1"
    wake_ahead      = false
  }
  assert {
    condition     = module.manifest.functions["health"].environment["GOOGLE_CLOUD_LOCATION"] == "us-central1" && google_cloud_scheduler_job.this["handoff"].region == "us-central1"
    error_message = "Models and schedules can be elsewhere."
  }
  assert {
    condition     = module.manifest.functions["webhook"].environment["CONCIERGE_WAKE_AHEAD"] == "off"
    error_message = "Without wake-ahead the functions start one after the other."
  }
  assert {
    condition     = module.manifest.functions["reply"].environment["CONCIERGE_EMBEDDINGS"] == "off"
    error_message = "Embeddings can be switched off."
  }
  assert {
    condition     = length(google_billing_budget.month) + length(google_iam_workload_identity_pool.github) + length(google_project_iam_member.deployer) + length(google_project_iam_member.planner) + length(google_service_account_iam_member.acted_as) + length(google_project_iam_member.administrators) == 0
    error_message = "No billing account, no budget; no repository, no deployer; no administrators, no console."
  }
  assert {
    condition     = !anytrue([for secret in keys(google_secret_manager_secret.this) : startswith(secret, "hotel-")])
    error_message = "Demo tenants' secrets are made only when they are asked for."
  }
}

run "a_repository_needs_its_number" {
  command = plan
  variables {
    repository_id = ""
  }
  expect_failures = [var.repository_id]
}

run "bad_numbers_are_refused" {
  command = plan
  variables {
    backup_weeks    = 15
    demo            = true
    embeddings      = "elsewhere"
    environment     = "prod"
    log_level       = "loud"
    model_location  = "europe"
    repository      = "github.com/some/repository"
    schedule_region = "eu"
  }
  expect_failures = [check.second_way, var.backup_weeks, var.demo, var.embeddings, var.log_level, var.model_location, var.repository, var.schedule_region]
}
