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
  description = "The location of Vertex AI's models; `eu` and `us` are multi-regions, empty is the region itself."
  type        = string
  default     = ""
}

variable "operators" {
  description = "E-mail addresses that alerts go to."
  type        = set(string)
  default     = []
}

variable "page_days" {
  description = "Maximum age of a temporary page."
  type        = number
  default     = 30
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
  description = "The GitHub repository (owner/name) that may deploy its main branch without a key; empty for none."
  type        = string
  default     = ""
  validation {
    condition     = var.repository == "" || can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "repository: expected owner/name."
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
  description = "The folder of the tenants' files, for the names of their secrets."
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
