# Monitoring for operators: metrics from log lines, dashboards, alerts with their runbooks, uptime checks.

locals {
  alerts     = { for file in fileset("${local.infra}/alerts", "*.yaml") : trimsuffix(file, ".yaml") => yamldecode(file("${local.infra}/alerts/${file}")) }
  dashboards = { for file in fileset("${local.infra}/dashboards", "*.yaml") : trimsuffix(file, ".yaml") => yamldecode(file("${local.infra}/dashboards/${file}")) }
  metrics    = { for metric in yamldecode(file("${local.infra}/metrics.yaml")).metrics : metric.name => merge({ labels = {}, value = null, unit = "1" }, metric) }
  # Sorted by address, since a policy has an ordered list.
  mails = [for address in sort(var.operators) : google_monitoring_notification_channel.operators[address].id]
  pagers = [
    for name, pager in var.pagers :
    pager.kind == "existing" ? pager.to : google_monitoring_notification_channel.pagers[name].id
  ]
  # A warning can wait for somebody to read their mail.
  channels = { CRITICAL = concat(local.mails, local.pagers), ERROR = concat(local.mails, local.pagers), WARNING = local.mails }
  # The webhook's response to a request without a tenant, which causes no other work.
  nobody = 404
}

resource "google_logging_metric" "this" {
  for_each         = local.metrics
  project          = local.project
  name             = each.key
  description      = each.value.description
  filter           = "resource.type=\"cloud_run_revision\" AND ${each.value.filter}"
  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(jsonPayload.${field})" }
  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }
  dynamic "bucket_options" {
    for_each = each.value.value[*]
    content {
      # Each bucket is half again as wide as the one before, from 1 (seconds: 25 ms, dollars: a thousandth of a cent) up.
      exponential_buckets {
        scale              = lookup({ "s" = 0.025, "{usd}" = 0.00001 }, each.value.unit, 1)
        growth_factor      = 1.5
        num_finite_buckets = 30
      }
    }
  }
}

resource "google_monitoring_notification_channel" "operators" {
  for_each     = var.operators
  project      = local.project
  display_name = "Operator"
  type         = "email"
  labels       = { email_address = each.value }
}

# Kinds that need no secret. The key of a Slack workspace, of PagerDuty or of a webhook would lie in the state: those
# channels are made in the console, and named here (`existing`).
# https://cloud.google.com/monitoring/support/notification-options
resource "google_monitoring_notification_channel" "pagers" {
  for_each     = { for name, pager in var.pagers : name => pager if pager.kind != "existing" }
  project      = local.project
  display_name = "Pager ${each.key}"
  type         = each.value.kind
  labels       = { (each.value.kind == "sms" ? "number" : "space") = each.value.to }
}

check "second_way" {
  assert {
    condition     = var.environment != "prod" || length(var.pagers) > 0
    error_message = "pagers is empty: alerts reach operators of prod by e-mail alone."
  }
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = local.alerts
  project               = local.project
  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = local.channels[each.value.severity]

  # An incident for each series that the query returns: a second tenant's trouble is an incident of its own. (Limits of
  # notifications are for alerts on single log lines only:
  # https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#AlertStrategy)
  conditions {
    display_name = each.value.title
    condition_prometheus_query_language {
      query               = each.value.query
      duration            = "${each.value.for_seconds}s"
      evaluation_interval = "60s"
      # The service does not know a metric that has no point yet.
      disable_metric_validation = true
    }
  }
  documentation {
    subject   = "Concierge: ${each.value.title}"
    mime_type = "text/markdown"
    content   = file("${local.infra}/runbooks/${each.value.runbook}.md")
  }
  alert_strategy {
    # The shortest there is, so that the same trouble an hour later is a new incident.
    auto_close = "1800s"
  }
  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_dashboard" "this" {
  for_each       = local.dashboards
  project        = local.project
  dashboard_json = jsonencode(each.value)
  depends_on     = [google_logging_metric.this]
}

resource "google_monitoring_uptime_check_config" "webhook" {
  project      = local.project
  display_name = "The webhook answers"
  period       = "300s"
  timeout      = "10s"

  http_check {
    path         = local.hosted ? "/webhook/" : "/"
    port         = 443
    use_ssl      = true
    validate_ssl = true
    accepted_response_status_codes {
      status_value = local.nobody
    }
  }
  # The platform's own 404 has another body.
  content_matchers {
    content = "no such address"
    matcher = "CONTAINS_STRING"
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = local.hosted ? var.hostname : trimprefix(module.function["webhook"].uri, "https://") }
  }
}

# The function checks its dependencies (shared/upkeep/health.py) and returns 503 if a vital one is down.
resource "google_monitoring_uptime_check_config" "health" {
  project      = local.project
  display_name = "What it stands on works"
  period       = "300s"
  timeout      = "10s"

  http_check {
    path         = local.hosted ? "/health/" : "/"
    port         = 443
    use_ssl      = true
    validate_ssl = true
    accepted_response_status_codes {
      status_class = "STATUS_CLASS_2XX"
    }
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = local.hosted ? var.hostname : trimprefix(module.function["health"].uri, "https://") }
  }
}
