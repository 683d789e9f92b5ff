# An address of our own (optional): a load balancer in front of the public functions, so that a move to another region or
# project changes no gateway. https://cloud.google.com/load-balancing/docs/https/setup-global-ext-https-serverless

locals {
  hostnames = var.hostname == "" ? toset([]) : toset([var.hostname])
  balanced  = { for name, function in module.manifest.functions : name => function if function.public && var.hostname != "" }
  # Whether the hostname is our address by now.
  hosted = var.hostname != "" && var.hostname_use != "prepared"
  # Functions that requests from outside reach by it alone.
  balanced_only = [for name in keys(local.balanced) : name if var.hostname_use == "only"]
  # Requests a minute from one address. Gateways post from few addresses, for all people of a tenant, and so do
  # organisations' own systems; vendors of notifiers and an office's staff share one, too. A caller of more is refused, and a guesser of links for ten minutes.
  rates = {
    gateways = { requests = 6000, action = "throttle", ban_seconds = null }
    people   = { requests = 600, action = "rate_based_ban", ban_seconds = 600 }
  }
  rate_of = { for name in keys(local.balanced) : name => contains(["contacts", "webhook"], name) ? "gateways" : "people" }
  # The load balancer writes the client's address here, in place of any value of the client's own
  # (shared/inbound/visitors.py).
  client_header = "x-client-address"
  hostproject   = one(values(google_project_service.compute)[*].project)
}

resource "google_project_service" "compute" {
  for_each           = local.hostnames
  project            = local.project
  service            = "compute.googleapis.com"
  disable_on_destroy = false
}

resource "google_compute_global_address" "hostname" {
  for_each = local.hostnames
  project  = local.hostproject
  name     = "concierge"
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each              = local.balanced
  project               = local.hostproject
  name                  = "concierge-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  # The service below the function, which has its name.
  cloud_run {
    service = each.key
  }
  depends_on = [module.function]
}

# Each rate counts for each function by itself:
# https://cloud.google.com/armor/docs/rate-limiting-overview
resource "google_compute_security_policy" "rate" {
  # checkov:skip=CKV_GCP_73:No function runs Java, whose Log4j it is about.
  for_each    = var.hostname == "" ? {} : local.rates
  project     = local.hostproject
  name        = "concierge-${each.key}"
  description = "At most ${each.value.requests} requests a minute from one address."

  rule {
    priority = 1000
    action   = each.value.action
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = each.value.ban_seconds
      rate_limit_threshold {
        count        = each.value.requests
        interval_sec = 60
      }
    }
  }
  # A policy must have a last rule for all.
  rule {
    priority = 2147483647
    action   = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_compute_backend_service" "function" {
  for_each               = local.balanced
  project                = local.hostproject
  name                   = "concierge-${each.key}"
  load_balancing_scheme  = "EXTERNAL_MANAGED"
  security_policy        = google_compute_security_policy.rate[local.rate_of[each.key]].id
  custom_request_headers = ["${local.client_header}: {client_ip_address}"]

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }
}

# ORIGIN/FUNCTION/… as under the platform's own address, which also takes the function's name away.
resource "google_compute_url_map" "hostname" {
  for_each        = local.hostnames
  project         = local.hostproject
  name            = "concierge"
  default_service = google_compute_backend_service.function["webhook"].id

  # Another host name, or none: it never reaches a function.
  default_route_action {
    fault_injection_policy {
      abort {
        http_status = 404
        percentage  = 100
      }
    }
  }
  host_rule {
    hosts        = [each.value]
    path_matcher = "functions"
  }
  path_matcher {
    name            = "functions"
    default_service = google_compute_backend_service.function["webhook"].id

    default_route_action {
      fault_injection_policy {
        abort {
          http_status = 404
          percentage  = 100
        }
      }
    }
    dynamic "route_rules" {
      for_each = sort(keys(local.balanced))
      content {
        priority = route_rules.key + 1
        service  = google_compute_backend_service.function[route_rules.value].id
        match_rules {
          prefix_match = "/${route_rules.value}/"
        }
        route_action {
          url_rewrite {
            path_prefix_rewrite = "/"
          }
        }
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "hostname" {
  for_each = local.hostnames
  project  = local.hostproject
  # Named by its host name: a certificate cannot be changed.
  name = "concierge-${substr(sha256(each.value), 0, 8)}"

  managed {
    domains = [each.value]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "hostname" {
  for_each        = local.hostnames
  project         = local.hostproject
  name            = "concierge"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "hostname" {
  for_each         = local.hostnames
  project          = local.hostproject
  name             = "concierge"
  url_map          = google_compute_url_map.hostname[each.key].id
  ssl_certificates = [google_compute_managed_ssl_certificate.hostname[each.key].id]
  ssl_policy       = google_compute_ssl_policy.hostname[each.key].id
}

# Port 443 alone: nothing of ours is asked for without encryption.
resource "google_compute_global_forwarding_rule" "hostname" {
  for_each              = local.hostnames
  project               = local.hostproject
  name                  = "concierge"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.hostname[each.key].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.hostname[each.key].id
}

resource "google_project_iam_member" "deployer_hostname" {
  for_each = var.hostname == "" || length(local.delivery) == 0 ? toset([]) : toset(["roles/compute.loadBalancerAdmin", "roles/compute.securityAdmin"])
  project  = local.project
  role     = each.value
  member   = local.deployer
}

output "dns_record" {
  description = "The DNS record of the hostname to set; null without one. The certificate comes within an hour of it."
  value       = one([for name, address in google_compute_global_address.hostname : { name = "${name}.", type = "A", value = address.address }])
}
