# The functions behind a hostname of our own, and without one.

mock_provider "google" {}

variables {
  environment    = "test"
  operators      = ["operator@example.org"]
  project        = "some-project"
  project_number = "123456789012"
  region         = "africa-south1"
}

override_resource {
  target          = module.function["webhook"].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://webhook.run.app" } }
}

override_resource {
  target          = google_compute_global_address.hostname
  override_during = plan
  values          = { address = "192.0.2.1" }
}

run "without_one" {
  command = plan
  assert {
    condition     = length(google_compute_global_forwarding_rule.hostname) + length(google_compute_backend_service.function) + length(google_compute_security_policy.rate) + length(google_project_service.compute) == 0 && output.dns_record == null
    error_message = "Without a hostname there is no load balancer to pay for."
  }
  assert {
    condition     = module.manifest.functions["deliver"].environment["CONCIERGE_ORIGIN"] == "https://africa-south1-some-project.cloudfunctions.net" && output.webhook == "https://africa-south1-some-project.cloudfunctions.net/webhook"
    error_message = "Our address is the platform's."
  }
  assert {
    condition     = module.manifest.functions["webhook"].environment["CONCIERGE_CLIENT_IP"] == "x-forwarded-for"
    error_message = "A client's address is in the header of Google's front end; any other header is the client's own claim."
  }
  assert {
    condition     = length(local.balanced_only) == 0
    error_message = "Functions are reached at their own addresses."
  }
  assert {
    condition     = google_monitoring_uptime_check_config.webhook.monitored_resource[0].labels["host"] == "webhook.run.app" && google_monitoring_uptime_check_config.webhook.http_check[0].path == "/"
    error_message = "The webhook is asked at its own address."
  }
}

run "by_it_only" {
  command = plan
  variables {
    hostname      = "concierge.example.org"
    repository    = "some/repository"
    repository_id = "123456789"
  }
  assert {
    condition     = module.manifest.functions["deliver"].environment["CONCIERGE_ORIGIN"] == "https://concierge.example.org" && output.webhook == "https://concierge.example.org/webhook"
    error_message = "Our address is the hostname."
  }
  assert {
    condition     = output.dns_record == { name = "concierge.example.org.", type = "A", value = "192.0.2.1" }
    error_message = "The operator is told which DNS record to set."
  }
  assert {
    condition     = { for rule in google_compute_url_map.hostname["concierge.example.org"].path_matcher[0].route_rules : rule.match_rules[0].prefix_match => rule.route_action[0].url_rewrite[0].path_prefix_rewrite } == { for name, function in module.manifest.functions : "/${name}/" => "/" if function.public }
    error_message = "Each public function is at HOSTNAME/FUNCTION/…, without its name in the path it gets; no other function is there."
  }
  assert {
    condition     = length(distinct([for rule in google_compute_url_map.hostname["concierge.example.org"].path_matcher[0].route_rules : rule.priority])) == length(google_compute_backend_service.function)
    error_message = "No two rules have one priority."
  }
  assert {
    condition     = alltrue([for action in [google_compute_url_map.hostname["concierge.example.org"].default_route_action[0], google_compute_url_map.hostname["concierge.example.org"].path_matcher[0].default_route_action[0]] : action.fault_injection_policy[0].abort[0].http_status == 404 && action.fault_injection_policy[0].abort[0].percentage == 100])
    error_message = "Any other host and path is 404, and reaches no function."
  }
  assert {
    condition     = [for rule in google_compute_url_map.hostname["concierge.example.org"].host_rule : tolist(rule.hosts)] == [tolist(["concierge.example.org"])]
    error_message = "The functions are at the hostname alone."
  }
  assert {
    condition     = { for name, group in google_compute_region_network_endpoint_group.function : name => "${group.network_endpoint_type} ${group.region} ${group.cloud_run[0].service}" } == { for name, function in module.manifest.functions : name => "SERVERLESS africa-south1 ${name}" if function.public }
    error_message = "Each leads to its own function."
  }
  assert {
    condition     = alltrue([for name, service in google_compute_backend_service.function : service.load_balancing_scheme == "EXTERNAL_MANAGED" && service.custom_request_headers == toset(["x-client-address: {client_ip_address}"])]) && module.manifest.functions["webhook"].environment["CONCIERGE_CLIENT_IP"] == "x-client-address"
    error_message = "Functions read the client's address where the load balancer writes it."
  }
  assert {
    condition     = { for name, rate in google_compute_security_policy.rate : name => [for rule in rate.rule : "${rule.action} ${rule.rate_limit_options[0].rate_limit_threshold[0].count} ${rule.rate_limit_options[0].enforce_on_key} ${rule.rate_limit_options[0].exceed_action}" if rule.priority == 1000][0] } == { gateways = "throttle 6000 IP deny(429)", people = "rate_based_ban 600 IP deny(429)" }
    error_message = "One address may not flood us."
  }
  assert {
    condition     = local.rate_of == { for name, function in module.manifest.functions : name => contains(["contacts", "webhook"], name) ? "gateways" : "people" if function.public }
    error_message = "The generous rate is for gateways, and for systems that write all people of an organisation."
  }
  assert {
    condition     = toset(local.balanced_only) == toset([for name, function in module.manifest.functions : name if function.public])
    error_message = "Public functions are reached by the hostname only; operators call theirs by its own address, with their account."
  }
  assert {
    condition     = google_compute_global_forwarding_rule.hostname["concierge.example.org"].port_range == "443" && google_compute_ssl_policy.hostname["concierge.example.org"].min_tls_version == "TLS_1_2" && google_compute_managed_ssl_certificate.hostname["concierge.example.org"].managed[0].domains == tolist(["concierge.example.org"])
    error_message = "Only encrypted, by the hostname's own certificate."
  }
  assert {
    condition     = google_monitoring_uptime_check_config.webhook.monitored_resource[0].labels["host"] == "concierge.example.org" && google_monitoring_uptime_check_config.webhook.http_check[0].path == "/webhook/" && google_monitoring_uptime_check_config.health.http_check[0].path == "/health/"
    error_message = "Both are asked from outside at the hostname, as gateways and people reach them."
  }
  assert {
    condition     = keys(google_project_iam_member.deployer_hostname) == ["roles/compute.loadBalancerAdmin", "roles/compute.securityAdmin"]
    error_message = "The deployer may change the load balancer."
  }
}

run "prepared" {
  command = plan
  variables {
    hostname     = "concierge.example.org"
    hostname_use = "prepared"
  }
  assert {
    condition     = length(google_compute_global_forwarding_rule.hostname) == 1 && module.manifest.functions["deliver"].environment["CONCIERGE_ORIGIN"] == "https://africa-south1-some-project.cloudfunctions.net" && length(local.balanced_only) == 0
    error_message = "While the certificate is not there yet, our address is the platform's."
  }
}

run "shared" {
  command = plan
  variables {
    hostname     = "concierge.example.org"
    hostname_use = "shared"
  }
  assert {
    condition     = module.manifest.functions["deliver"].environment["CONCIERGE_ORIGIN"] == "https://concierge.example.org" && length(local.balanced_only) == 0
    error_message = "While gateways still post to the old address, it answers."
  }
}

run "an_address_is_no_hostname" {
  command = plan
  variables {
    hostname     = "https://concierge.example.org/"
    hostname_use = "soon"
  }
  expect_failures = [var.hostname, var.hostname_use]
}
