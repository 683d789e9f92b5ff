# A function names the secrets it may read by plugin family (`channels: [api_key]`), or as `tenants` if they are a
# tenant's own; a tenant's file maps each to its name in Secret Manager (`api_key: hotel-waha-api-key`). Access is
# granted to the latter, secret by secret.

locals {
  _files   = setunion(fileset(var.tenants, "*.yaml"), var.demo ? fileset(var.tenants, "demo/*.yaml") : [])
  _tenants = [for file in local._files : yamldecode(file("${var.tenants}/${file}"))]

  # Each role of a secret, as {family, role, secret}.
  _kept = flatten([
    for tenant in local._tenants : concat(
      [
        for channel in values(try(tenant.channels, {})) : [
          for role, secret in try(channel.secrets, {}) : { family = "channels", role = role, secret = secret }
        ]
      ],
      [
        for notifier in values(try(tenant.notifiers, {})) : [
          for role, secret in try(notifier.secrets, {}) : { family = "notifiers", role = role, secret = secret }
        ]
      ],
      [
        for source in values(try(tenant.sources, {})) : [
          for role, secret in try(source.secrets, {}) : { family = "sources", role = role, secret = secret }
        ]
      ],
      [
        for records in values(try(tenant.records, {})) : [
          for role, secret in try(records.secrets, {}) : { family = "records", role = role, secret = secret }
        ]
      ],
      [for role, secret in try(tenant.answers.secrets, {}) : { family = "llm", role = role, secret = secret }],
      [
        for model in values(try(tenant.answers.models, {})) : [
          for secret in try(model.keys, []) : { family = "llm", role = "api_key", secret = secret }
        ]
      ],
      [for role, secret in try(tenant.secrets, {}) : { family = "tenants", role = role, secret = secret }],
    )
  ])

  # The deployment's own secrets.
  _own = flatten([for name, entry in local._sized : [for secret in entry.own_secrets : { function = name, secret = secret }]])

  secrets = toset(concat([for kept in local._kept : kept.secret], [for own in local._own : own.secret]))

  secret_readers = merge({ for own in local._own : "${own.function}/${own.secret}" => own }, [
    for name, entry in local._sized : {
      # A secret can have several roles, such as one account for two of a tenant's addresses.
      for secret in toset([
        for kept in local._kept : kept.secret if contains(try(entry.secrets[kept.family], []), kept.role)
      ]) : "${name}/${secret}" => { function = name, secret = secret }
    }
  ]...)
}
