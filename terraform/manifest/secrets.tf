# A function names the secrets it may read by plugin family (`channels: [api_key]`); a tenant's file maps each to its
# name in Secret Manager (`api_key: hotel-waha-api-key`). Access is granted to the latter, secret by secret.

locals {
  _tenants = [for file in fileset(var.tenants, "*.yaml") : yamldecode(file("${var.tenants}/${file}"))]

  # Each secret once, as {family, role, secret}.
  _kept = flatten([
    for tenant in local._tenants : concat(
      [
        for channel in values(try(tenant.channels, {})) : [
          for role, secret in try(channel.secrets, {}) : { family = "channels", role = role, secret = secret }
        ]
      ],
      [for role, secret in try(tenant.answers.secrets, {}) : { family = "llm", role = role, secret = secret }],
    )
  ])

  # The deployment's own secrets.
  _own = flatten([for name, entry in local._sized : [for secret in entry.own_secrets : { function = name, secret = secret }]])

  secrets = toset(concat([for kept in local._kept : kept.secret], [for own in local._own : own.secret]))

  secret_readers = merge({ for own in local._own : "${own.function}/${own.secret}" => own }, [
    for name, entry in local._sized : {
      for kept in local._kept : "${name}/${kept.secret}" => { function = name, secret = kept.secret }
      if contains(try(entry.secrets[kept.family], []), kept.role)
    }
  ]...)
}
