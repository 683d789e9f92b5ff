output "dead_letter_topics" {
  description = "The dead-letter topic of each subscription."
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
  description = "The topics that each function may publish to, by `function/topic`."
  value       = local.publishers
}

output "schedules" {
  description = "Schedules of functions in cron's format, with the path that is called; `deadline` in seconds."
  value       = local.schedules
}

output "secret_readers" {
  description = "The secrets that each function may read, by `function/secret`."
  value       = local.secret_readers
}

output "secrets" {
  description = "The names of all tenants' secrets, and of the deployment's own."
  value       = local.secrets
}

output "subscriptions" {
  description = "Push subscriptions by name; times in seconds."
  value       = local.subscriptions
}

output "topics" {
  description = "The topics that functions publish to."
  value       = local.topics
}
