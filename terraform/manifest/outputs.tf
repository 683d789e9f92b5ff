output "dead_letter_topics" {
  description = "Where each subscription's messages end that cannot be handled."
  value       = local.dead_letter_topics
}

output "functions" {
  description = "Each function with the defaults and the environment's numbers filled in."
  value       = local.functions

  precondition {
    condition     = alltrue([for name in keys(local.functions) : length("fn-${name}") <= 30])
    error_message = "infra/functions.yaml: a function's name is too long for a service account (expected at most 27 characters)."
  }
  precondition {
    condition = alltrue(flatten([for function in local.functions : [for value in function.environment : value != null]]))
    error_message = format("infra/functions.yaml: needs: no value for %s (expected one of %s).",
      join(", ", distinct(flatten([for function in local.functions : [for name, value in function.environment : name if value == null]]))),
      join(", ", keys(var.environment))
    )
  }
  precondition {
    condition     = length(setsubtract(keys(var.sizes), keys(local._document.functions))) == 0
    error_message = "sizes: ${join(", ", setsubtract(keys(var.sizes), keys(local._document.functions)))} is not a function of infra/functions.yaml."
  }
}

output "publishers" {
  description = "Which function may publish to which topic, by `function/topic`."
  value       = local.publishers
}

output "schedules" {
  description = "When Cloud Scheduler calls which function, in cron's words; `deadline` in seconds."
  value       = local.schedules
}

output "secret_readers" {
  description = "Which function may read which secret, by `function/secret`."
  value       = local.secret_readers
}

output "secrets" {
  description = "The names of all tenants' secrets, and of the deployment's own."
  value       = local.secrets
}

output "subscriptions" {
  description = "What is pushed where, by the subscription's name; times in seconds."
  value       = local.subscriptions
}

output "topics" {
  description = "The topics that functions publish to."
  value       = local.topics
}
