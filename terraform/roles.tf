# Roles of our own, where Google's hold more than is used. What IAM cannot narrow: a role on Firestore is for the whole
# database, never for a collection or a document (https://docs.cloud.google.com/firestore/docs/security/iam).

locals {
  roles = {
    # Lookups by full name: the ids of conversations and contacts are random, so that a function that cannot list them
    # cannot read them either.
    documentGetter = {
      title       = "Reads documents by name"
      permissions = ["datastore.entities.get"]
    }
    documentReader = {
      title       = "Reads and queries documents"
      permissions = ["datastore.entities.get", "datastore.entities.list"]
    }
    # The deployer keeps the accounts as they are described. Making accounts, and whom they let in, is for an operator:
    # an account that may change the policies of accounts may act as each of them.
    deployerAccounts = {
      title       = "Describes service accounts"
      permissions = ["iam.serviceAccounts.get", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.list", "iam.serviceAccounts.update"]
    }
    # While a secret is rotated, public functions accept the values before the newest, for a day after the time at which
    # it was made (shared/platform/secrets). `secretAccessor` does not tell that time.
    secretVersionTimes = {
      title       = "Reads when a version of a secret was made"
      permissions = ["secretmanager.versions.get"]
    }
    # Preflight asks whether the models are served where they are asked (scripts/cloud/preflight.py).
    modelAsker = {
      title       = "Asks models"
      permissions = ["aiplatform.endpoints.predict"]
    }
    # What a plan reads and no viewer role of Google's has without data: `datastore.viewer` reads documents,
    # `logging.viewer` lines.
    planner = {
      title = "Reads the configuration"
      permissions = [
        "artifactregistry.repositories.getIamPolicy",
        "bigquery.datasets.getIamPolicy",
        "datastore.backupSchedules.get",
        "datastore.backupSchedules.list",
        "datastore.databases.getMetadata",
        "datastore.databases.list",
        "datastore.indexes.get",
        "datastore.indexes.list",
        "iam.serviceAccounts.getIamPolicy",
        "logging.buckets.get",
        "logging.exclusions.get",
        "logging.logMetrics.get",
        "logging.sinks.get",
        "pubsub.subscriptions.getIamPolicy",
        "pubsub.topics.getIamPolicy",
        "resourcemanager.projects.getIamPolicy",
        "run.services.getIamPolicy",
        "secretmanager.secrets.getIamPolicy",
        "storage.buckets.get",
        "storage.buckets.getIamPolicy",
      ]
    }
  }
  our_role = { for id, role in local.roles : id => "projects/${var.project}/roles/${id}" }
  # The manifest writes one of ours as `custom/<id>`.
  function_roles = {
    for name, function in module.manifest.functions : name => toset([
      for role in function.roles : startswith(role, "custom/") ? local.our_role[trimprefix(role, "custom/")] : role
    ])
  }
}

resource "google_project_iam_custom_role" "this" {
  for_each    = local.roles
  project     = local.project
  role_id     = each.key
  title       = each.value.title
  permissions = each.value.permissions
}
