variable "balanced" {
  description = "Whether requests from outside reach it by a load balancer only."
  type        = bool
  default     = false
}

variable "build" {
  description = "The build's service account (projects/…/serviceAccounts/…) and an image repository."
  type        = object({ repository = string, service_account = string })
}

variable "bundle" {
  description = "The zip of `make bundle`, and the bucket that keeps it."
  type        = object({ bucket = string, path = string })
}

variable "function" {
  description = "One entry of the manifest module's `functions`."
  type = object({
    concurrency     = number
    cpu             = string
    description     = string
    environment     = map(string)
    internal        = bool
    max_instances   = number
    memory          = string
    min_instances   = number
    roles           = set(string) # by their full names
    service_account = string
    timeout_seconds = number
  })
}

variable "invokers" {
  description = "IAM members that may call it, by our own keys."
  type        = map(string)
}

variable "name" {
  description = "The function's name: its entry point, and the Cloud Run service below it."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}
