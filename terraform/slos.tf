# Service level objectives, and an alert if the error budget burns too fast.

locals {
  slos = { for file in fileset("${local.infra}/slos", "*.yaml") : trimsuffix(file, ".yaml") => merge({ bad = null, distribution = null, max = null, total = null }, yamldecode(file("${local.infra}/slos/${file}"))) }
  # A rate that would spend a month's error budget in two days, measured over an hour:
  # https://sre.google/workbook/alerting-on-slos/
  burn = { rate = 14.4, window = "3600s" }
}

resource "google_monitoring_custom_service" "concierge" {
  project      = local.project
  service_id   = "concierge"
  display_name = "Concierge"
}

resource "google_monitoring_slo" "this" {
  for_each            = local.slos
  project             = local.project
  service             = google_monitoring_custom_service.concierge.service_id
  slo_id              = each.key
  display_name        = each.value.title
  goal                = each.value.goal
  rolling_period_days = 28

  request_based_sli {
    dynamic "good_total_ratio" {
      for_each = each.value.bad[*]
      content {
        bad_service_filter   = each.value.bad
        total_service_filter = each.value.total
      }
    }
    dynamic "distribution_cut" {
      for_each = each.value.distribution[*]
      content {
        distribution_filter = each.value.distribution
        range {
          max = each.value.max
        }
      }
    }
  }
  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_alert_policy" "burn" {
  for_each              = local.slos
  project               = local.project
  display_name          = "${each.value.title}: budget burns"
  severity              = "CRITICAL"
  combiner              = "OR"
  notification_channels = local.channels["CRITICAL"]

  conditions {
    display_name = "Burns ${local.burn.rate} times too fast"
    condition_threshold {
      filter          = "select_slo_burn_rate(\"${google_monitoring_slo.this[each.key].id}\", \"${local.burn.window}\")"
      comparison      = "COMPARISON_GT"
      threshold_value = local.burn.rate
      duration        = "0s"
    }
  }
  documentation {
    subject   = "Concierge: ${each.value.title}"
    mime_type = "text/markdown"
    content   = file("${local.infra}/runbooks/${each.value.runbook}.md")
  }
  alert_strategy {
    auto_close = "3600s"
  }
}
