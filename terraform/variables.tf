variable "administrators" {
  description = "IAM members, preferably groups: `viewers` read and `editors` correct documents in the Firestore console; `operators` call the functions meant for people."
  type = object({
    editors   = optional(set(string), [])
    operators = optional(set(string), [])
    viewers   = optional(set(string), [])
  })
  default = {}
}

variable "backup_weeks" {
  description = "Weeks that weekly backups are kept; daily backups are kept for a week."
  type        = number
  default     = 14
  validation {
    condition     = var.backup_weeks >= 1 && var.backup_weeks <= 14
    error_message = "backup_weeks: Firestore keeps a backup for 1 to 14 weeks."
  }
}

variable "billing_account" {
  description = "The billing account that the budget watches; without one there is no budget."
  type        = string
  default     = ""
}

variable "budget" {
  description = "The monthly budget before operators are notified, in the billing account's currency."
  type        = number
  default     = 50
}

variable "bundles" {
  description = "The folder of `make bundle`."
  type        = string
  default     = "../build/bundles"
}

variable "demo" {
  description = "Whether the demo tenants of the folder `demo` are deployed too (`DEMO=1`); never to prod."
  type        = bool
  default     = false
  validation {
    condition     = !(var.demo && var.environment == "prod")
    error_message = "demo: demo tenants are not deployed to prod."
  }
}

variable "environment" {
  description = "The environment's name: a label, and the state's prefix."
  type        = string
}

variable "events_days" {
  description = "How long events are kept in BigQuery."
  type        = number
  default     = 400
}

variable "export_days" {
  description = "How long exports of the database are kept: data erased at a person's request lives on in them."
  type        = number
  default     = 14
  validation {
    condition     = var.export_days >= 2 && var.export_days <= 14
    error_message = "export_days: expected 2 to 14 days."
  }
}

variable "export_location" {
  description = "The multi-region of the exports' bucket, which holds the region: eu, us or asia."
  type        = string
  default     = "eu"
  validation {
    condition     = contains(["asia", "eu", "us"], lower(var.export_location))
    error_message = "export_location: expected eu, us or asia."
  }
}

variable "hostname" {
  description = "A hostname of our own for the public functions, which outlives a move to another region; empty for none: hostname.tf."
  type        = string
  default     = ""
  validation {
    condition     = var.hostname == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.hostname))
    error_message = "hostname: expected a name like concierge.example.org, without https:// and path."
  }
}

variable "hostname_use" {
  description = "`only`: requests from outside come by the hostname only. A deployment that already runs goes there by `prepared` (until the DNS record is set and the certificate is there) and `shared` (until its gateways are registered at the hostname)."
  type        = string
  default     = "only"
  validation {
    condition     = contains(["only", "prepared", "shared"], var.hostname_use)
    error_message = "hostname_use: expected one of only, prepared, shared."
  }
}

variable "log_level" {
  description = "The lowest severity of log lines that functions write."
  type        = string
  default     = "info"
  validation {
    condition     = contains(["debug", "info", "warning", "error"], var.log_level)
    error_message = "log_level: expected one of debug, info, warning, error."
  }
}

variable "log_days" {
  description = "How long Cloud Logging keeps lines."
  type        = number
  default     = 30
}

variable "media_days" {
  description = "How long received media are kept."
  type        = number
  default     = 90
}

variable "model_location" {
  description = "The location of Vertex AI's models: `global`, the multi-regions `eu` and `us`, or a region: infra/decisions/0010-region.md."
  type        = string
  default     = "eu"
  validation {
    condition     = can(regex("^(global|eu|us|[a-z]+-[a-z]+[0-9]{1,2})$", var.model_location))
    error_message = "model_location: expected global, eu, us, or a region."
  }
}

variable "operators" {
  description = "E-mail addresses that alerts go to; prod needs one."
  type        = set(string)
  default     = []
  validation {
    condition     = var.environment != "prod" || length(var.operators) > 0
    error_message = "operators: is empty, so alerts of prod would reach nobody (expected an e-mail address)."
  }
}

variable "page_days" {
  description = "Maximum age of a temporary page."
  type        = number
  default     = 30
}

variable "pagers" {
  description = "Further ways for alerts that cannot wait, by name. `kind` and `to`: `sms` and a phone number, `google_chat` and spaces/ID, or `existing` and the id of a channel made in the console (Slack, PagerDuty, a webhook)."
  type        = map(object({ kind = string, to = string }))
  default     = {}
  validation {
    condition = alltrue([
      for pager in values(var.pagers) : can(regex({
        existing    = "^projects/[^/]+/notificationChannels/[0-9]+$"
        google_chat = "^spaces/[A-Za-z0-9_-]+$"
        sms         = "^\\+[1-9][0-9]{6,14}$"
      }[pager.kind], pager.to))
    ])
    error_message = "pagers: expected sms with +COUNTRY…, google_chat with spaces/ID, or existing with projects/PROJECT/notificationChannels/NUMBER."
  }
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "project_number" {
  description = "The project's number, which is in the names of Google's own service accounts."
  type        = string
}

variable "region" {
  description = "The region of all functions and data: infra/decisions/0010-region.md."
  type        = string
  default     = "europe-southwest1"
}

variable "repository" {
  description = "The GitHub repository (owner/name) that may deploy its main branch and plan without a key; empty for none."
  type        = string
  default     = ""
  validation {
    condition     = var.repository == "" || can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "repository: expected owner/name."
  }
}

variable "repository_id" {
  description = "The repository's number, which stays with it under any name: `gh api repos/OWNER/NAME --jq .id`. Needed with `repository`."
  type        = string
  default     = ""
  validation {
    condition     = can(regex(var.repository == "" ? "^[0-9]*$" : "^[0-9]+$", var.repository_id))
    error_message = "repository_id: expected the repository's number."
  }
}

variable "schedule_region" {
  description = "The region of Cloud Scheduler's jobs, which call functions of any region: infra/decisions/0010-region.md."
  type        = string
  default     = "europe-west1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.schedule_region))
    error_message = "schedule_region: expected a region, such as europe-west1."
  }
}

variable "sizes" {
  description = "Numbers of this environment that replace the manifest's, by function."
  type = map(object({
    max_instances = optional(number)
    min_instances = optional(number)
  }))
  default = {}
}

variable "tenants" {
  description = "The folder of the tenants' files, for the names of their secrets; demo tenants are in `demo` below it."
  type        = string
  default     = "../infra/tenants"
}

variable "embeddings" {
  description = "Whose vectors compare questions and knowledge by meaning: `local` (in `reply` itself), `gemini` or `gemini:MODEL` (on Vertex AI), or `off`: infra/decisions/0020-understanding.md."
  type        = string
  default     = "local"
  validation {
    condition     = can(regex("^(local|off|gemini(:[a-z0-9][a-z0-9.-]*)?)$", var.embeddings))
    error_message = "embeddings is one of local, gemini, gemini:MODEL, off."
  }
}

variable "wake_ahead" {
  description = "Whether the webhook of a new or idle instance starts the functions after it: infra/decisions/0018-wake-ahead.md."
  type        = bool
  default     = true
}
