# One function, with the provider mocked.

mock_provider "google" {}

variables {
  build   = { repository = "projects/some-project/locations/some-region/repositories/functions", service_account = "projects/some-project/serviceAccounts/builder@some-project.iam.gserviceaccount.com" }
  bundle  = { bucket = "some-bundles", path = "tests/bundle.txt" }
  name    = "reply"
  project = "some-project"
  region  = "some-region"
  function = {
    concurrency     = 40
    cpu             = "1"
    description     = "Answers."
    environment     = { CONCIERGE_STORE = "firestore:some-project" }
    internal        = true
    max_instances   = 20
    memory          = "512Mi"
    min_instances   = 1
    roles           = ["roles/datastore.user"]
    service_account = "fn-reply"
    timeout_seconds = 60
  }
  invokers = { push = "serviceAccount:call-push@some-project.iam.gserviceaccount.com" }
}

run "a_function" {
  command = plan
  assert {
    condition = (
      google_cloudfunctions2_function.this.service_config[0].available_cpu == "1" &&
      google_cloudfunctions2_function.this.service_config[0].available_memory == "512Mi" &&
      google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency == 40 &&
      google_cloudfunctions2_function.this.service_config[0].min_instance_count == 1 &&
      google_cloudfunctions2_function.this.service_config[0].max_instance_count == 20 &&
      google_cloudfunctions2_function.this.service_config[0].timeout_seconds == 60
    )
    error_message = "Sizes are the manifest's; more than one request at a time needs a whole CPU, said aloud."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].environment_variables == tomap({ CONCIERGE_STORE = "firestore:some-project", FUNCTION_USE_ASGI = "true", WORKERS = "1" })
    error_message = "Its settings, and asynchronous serving in one process."
  }
  assert {
    condition     = length(google_cloudfunctions2_function.this.event_trigger) == 0
    error_message = "The subscription is ours: a trigger of the platform knows no dead letters."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.build_config[0].entry_point == "reply" && google_cloudfunctions2_function.this.build_config[0].runtime == "python311"
    error_message = "The entry point is the function's name."
  }
  assert {
    condition     = google_storage_bucket_object.bundle.name == "reply/${filesha256("tests/bundle.txt")}.zip" && google_cloudfunctions2_function.this.build_config[0].source[0].storage_source[0].object == google_storage_bucket_object.bundle.name
    error_message = "Another content is another object, and so another deployment."
  }
  assert {
    condition     = { for name, grant in google_cloud_run_service_iam_member.invokers : name => "${grant.role} ${grant.member}" } == { push = "roles/run.invoker serviceAccount:call-push@some-project.iam.gserviceaccount.com" }
    error_message = "It is called by whom it is given, and by nobody else."
  }
  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "What Pub/Sub calls is closed to the outside."
  }
  assert {
    condition     = { for name, grant in google_project_iam_member.roles : name => grant.member } == { "roles/datastore.user" = "serviceAccount:fn-reply@some-project.iam.gserviceaccount.com" }
    error_message = "Its roles are its own account's, and only those of the manifest."
  }
}

run "a_public_function_behind_a_load_balancer" {
  command = plan
  variables {
    balanced = true
    function = {
      concurrency     = 40
      cpu             = "1"
      description     = "Takes requests."
      environment     = {}
      internal        = false
      max_instances   = 20
      memory          = "512Mi"
      min_instances   = 0
      roles           = []
      service_account = "fn-reply"
      timeout_seconds = 60
    }
  }
  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].ingress_settings == "ALLOW_INTERNAL_AND_GCLB"
    error_message = "Requests from outside come by the load balancer, which limits them."
  }
}
