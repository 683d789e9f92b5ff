# Reads the manifest and merges its defaults, once. Whether it is well-formed is checked before Terraform starts
# (`make plan` runs scripts/infra_files.py); checks here are only those that depend on the deployment.

locals {
  _document = yamldecode(file(var.path))
  _nothing  = { dead_letters = false, needs = [], own_secrets = [], publishes = [], secrets = {} }
  _anything = { every_minutes = null, http = null, topics = [] }

  _sized = {
    for name, entry in local._document.functions :
    name => merge(local._nothing, local._document.defaults, entry, {
      for field, number in try(var.sizes[name], {}) : field => number if number != null
    })
  }

  functions = {
    for name, entry in local._sized : name => {
      buckets         = merge([for need in local._needs[name] : need.buckets]...)
      concurrency     = entry.concurrency
      cpu             = entry.cpu
      description     = entry.description
      environment     = { for variable in toset(flatten(local._needs[name][*].environment)) : variable => lookup(var.environment, variable, null) }
      max_instances   = entry.max_instances
      memory          = entry.memory
      min_instances   = entry.min_instances
      public          = local._triggers[name].http == "public"
      roles           = toset(flatten(local._needs[name][*].roles))
      service_account = "fn-${name}"
      timeout_seconds = entry.timeout_seconds
      # Pub/Sub and Cloud Scheduler of the project count as internal; people and gateways do not.
      internal = length(local._triggers[name].topics) > 0 || local._triggers[name].every_minutes != null || entry.dead_letters
    }
  }

  _triggers = { for name, entry in local._sized : name => merge(local._anything, entry.trigger) }

  schedules = {
    for name, trigger in local._triggers : name => {
      cron     = trigger.every_minutes == 60 ? "0 * * * *" : trigger.every_minutes == 1 ? "* * * * *" : "*/${trigger.every_minutes} * * * *"
      deadline = max(local._sized[name].timeout_seconds, 15) # Cloud Scheduler's minimum
      # Beside topics, whose pushes have a path each, the schedule has a path of its own.
      path = length(trigger.topics) > 0 ? "/due" : "/"
    } if trigger.every_minutes != null
  }
}
