# What follows from a manifest. No provider, no cloud: `terraform test` in this folder's parent.

variables {
  path        = "tests/functions.yaml"
  tenants     = "tests/tenants"
  environment = { BLOBS = "gs://media", STORE = "firestore:project", MODEL = "region", UNUSED = "value" }
}

run "defaults" {
  command = plan
  assert {
    condition     = output.functions["door"].timeout_seconds == 30 && output.functions["work"].timeout_seconds == 60
    error_message = "A function's own value takes the place of a default."
  }
}

run "needs" {
  command = plan
  assert {
    condition     = output.functions["office"].environment == { STORE = "firestore:project" } && output.functions["office"].roles == toset(["roles/traces.writer"]) && output.functions["office"].buckets == {}
    error_message = "A function that names no need has those of every function, and no others."
  }
  assert {
    condition     = output.functions["work"].environment == { BLOBS = "gs://media", STORE = "firestore:project", MODEL = "region" }
    error_message = "A function gets the variables of its needs beside those of every function."
  }
  assert {
    condition     = output.functions["door"].roles == toset(["roles/store.reader", "roles/traces.writer"]) && output.functions["work"].roles == toset(["roles/model.user", "roles/store.writer", "roles/traces.writer"])
    error_message = "A function has the roles of its own needs, and of no other's."
  }
  assert {
    condition     = output.functions["door"].buckets == { media = "roles/blobs.reader" } && output.functions["work"].buckets == { media = "roles/blobs.writer" }
    error_message = "The need says whether a function may write to the bucket."
  }
}

run "who_may_call" {
  command = plan
  assert {
    condition     = [for name, function in output.functions : name if function.public] == ["door"]
    error_message = "Only http: public is public."
  }
  assert {
    condition     = [for name, function in output.functions : name if function.internal] == ["alert", "speak", "sweep", "work"]
    error_message = "What topics and schedules call is closed to the outside; what people call is not."
  }
}

run "topics" {
  command = plan
  assert {
    condition = toset(keys(output.subscriptions)) == toset([
      "alert-asked", "speak-answered", "speak-asked", "work-asked",
      "sweep-alert-asked-dead", "sweep-speak-answered-dead", "sweep-speak-asked-dead", "sweep-work-asked-dead",
    ])
    error_message = "One subscription for each topic of each function, and one for each dead-letter topic."
  }
  assert {
    condition = output.subscriptions["speak-answered"] == {
      ack_deadline      = 120
      attempts          = 20
      dead_letter_topic = "speak-answered-dead"
      function          = "speak"
      max_backoff       = 300
      min_backoff       = 1
      ordered           = true
      path              = "/answered"
      topic             = "answered"
    }
    error_message = "A subscription has the topic's order, and the function's timeout as its ack deadline."
  }
  assert {
    condition     = output.subscriptions["work-asked"].attempts == 7 && !output.subscriptions["work-asked"].ordered
    error_message = "Attempts are the function's, order is the topic's."
  }
  assert {
    condition = output.subscriptions["sweep-work-asked-dead"] == {
      ack_deadline      = 60
      attempts          = 20
      dead_letter_topic = null
      function          = "sweep"
      max_backoff       = 300
      min_backoff       = 1
      ordered           = false
      path              = "/dead"
      topic             = "work-asked-dead"
    }
    error_message = "What nobody could handle goes to the one that keeps it, and has no dead letters of its own."
  }
  assert {
    condition     = output.dead_letter_topics == toset(["alert-asked-dead", "speak-answered-dead", "speak-asked-dead", "work-asked-dead"])
    error_message = "Each subscription has a dead-letter topic of its own."
  }
  assert {
    condition     = toset(keys(output.publishers)) == toset(["door/asked", "work/answered"])
    error_message = "A function may publish what it says, and nothing else."
  }
}

run "secrets" {
  command = plan
  assert {
    condition = output.secrets == toset([
      "inn-link-key", "inn-mail-password", "inn-mail-user", "inn-model-key", "inn-signing-key", "inn-slack-signing-secret",
      "inn-slack-url", "inn-waha-key", "office-token", "school-signing-key",
    ])
    error_message = "Every tenant's secrets exist, and the deployment's own."
  }
  assert {
    condition = toset(keys(output.secret_readers)) == toset([
      "alert/inn-link-key", "alert/inn-mail-password", "alert/inn-slack-url",
      "door/inn-signing-key", "door/inn-slack-signing-secret", "door/school-signing-key",
      "office/office-token", "work/inn-model-key",
    ])
    error_message = "A function reads its own secrets and those of its families by the names it says, and no others."
  }
}

run "demo_tenants" {
  command = plan
  variables {
    demo = true
  }
  assert {
    condition     = contains(output.secrets, "shop-signing-key") && contains(output.secrets, "inn-link-key")
    error_message = "Asked for, the demo tenants' secrets are made beside the others'."
  }
}

run "schedules" {
  command = plan
  assert {
    condition = output.schedules == {
      alert = { cron = "* * * * *", deadline = 60, path = "/due" }
      sweep = { cron = "*/5 * * * *", deadline = 60, path = "/" }
    }
    error_message = "As often as the function says, no longer than it may take, and on no path of a topic."
  }
}

run "sizes" {
  command = plan
  variables {
    sizes = { door = { min_instances = 1 }, work = { max_instances = 3 } }
  }
  assert {
    condition     = output.functions["door"].min_instances == 1 && output.functions["door"].max_instances == 20
    error_message = "An environment's number takes the place of the manifest's, and leaves the others."
  }
  assert {
    condition     = output.functions["work"].max_instances == 3
    error_message = "Likewise for another function."
  }
}

run "a_size_for_nobody" {
  command = plan
  variables {
    sizes = { doors = { min_instances = 1 } }
  }
  expect_failures = [output.functions]
}

run "a_variable_without_a_value" {
  command = plan
  variables {
    environment = { BLOBS = "gs://media", STORE = "firestore:project" }
  }
  expect_failures = [output.functions]
}
