# Who is told of an alert, and by which way. What each alert fires on is in tests/infra/test_alerts.py.

mock_provider "google" {}

variables {
  environment    = "prod"
  operators      = ["operator@example.org"]
  project        = "some-project"
  project_number = "123456789012"
}

override_resource {
  target          = google_monitoring_notification_channel.operators
  override_during = plan
  values          = { id = "projects/some-project/notificationChannels/1" }
}

override_resource {
  target          = google_monitoring_notification_channel.pagers
  override_during = plan
  values          = { id = "projects/some-project/notificationChannels/2" }
}

run "prod_without_operators_is_refused" {
  command = plan
  variables {
    operators = []
    pagers    = { on_call = { kind = "sms", to = "+34600000000" } }
  }
  expect_failures = [var.operators]
}

run "prod_with_e_mail_alone_is_warned" {
  command         = plan
  expect_failures = [check.second_way]
}

run "a_trial_without_operators_is_not" {
  command = plan
  variables {
    environment = "dev"
    operators   = []
  }
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.this : length(alert.notification_channels) == 0])
    error_message = "Nobody is told of a trial's alerts, if nobody is named."
  }
}

run "a_second_way" {
  command = plan
  variables {
    billing_account = "ABCDEF-ABCDEF-ABCDEF"
    pagers = {
      chat    = { kind = "google_chat", to = "spaces/AAAABBBB" }
      console = { kind = "existing", to = "projects/some-project/notificationChannels/3" }
      on_call = { kind = "sms", to = "+34600000000" }
    }
  }
  assert {
    condition     = [for name, channel in google_monitoring_notification_channel.pagers : "${name} ${channel.type} ${jsonencode(channel.labels)}"] == ["chat google_chat {\"space\":\"spaces/AAAABBBB\"}", "on_call sms {\"number\":\"+34600000000\"}"]
    error_message = "A phone and a chat are told without a secret; a channel of the console is not made again."
  }
  assert {
    condition     = alltrue([for channel in google_monitoring_notification_channel.pagers : length(channel.sensitive_labels) == 0])
    error_message = "No key lies in the state."
  }
  assert {
    condition = alltrue([
      for alert in merge(google_monitoring_alert_policy.this, google_monitoring_alert_policy.burn) :
      length(alert.notification_channels) == (alert.severity == "WARNING" ? 1 : 4)
    ])
    error_message = "An alert that cannot wait goes by e-mail and by each other way; a warning by e-mail."
  }
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.this : alert.severity == "WARNING" || contains(alert.notification_channels, "projects/some-project/notificationChannels/3")])
    error_message = "A channel of the console is told."
  }
  assert {
    condition     = google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels == toset(["projects/some-project/notificationChannels/1"]) || google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels == tolist(["projects/some-project/notificationChannels/1"])
    error_message = "A budget takes e-mail alone."
  }
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.this : alert.alert_strategy[0].auto_close == "1800s" && length(alert.alert_strategy[0].notification_rate_limit) == 0])
    error_message = "A trouble that comes again is a new incident."
  }
}

run "a_pager_of_another_form_is_refused" {
  command = plan
  variables {
    pagers = { on_call = { kind = "sms", to = "600 000 000" } }
  }
  expect_failures = [var.pagers]
}

run "a_pager_of_another_kind_is_refused" {
  command = plan
  variables {
    pagers = { on_call = { kind = "slack", to = "#alerts" } }
  }
  expect_failures = [var.pagers]
}
