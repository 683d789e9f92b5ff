variable "demo" {
  description = "Whether the files in the folder `demo`, below that of the tenants, count too."
  type        = bool
  default     = false
}

variable "environment" {
  description = "The values of the environment variables that functions may name."
  type        = map(string)
}

variable "path" {
  description = "The manifest: infra/functions.yaml."
  type        = string
}

variable "sizes" {
  description = "Numbers of one environment that replace the manifest's, by function."
  type = map(object({
    max_instances = optional(number)
    min_instances = optional(number)
  }))
  default = {}
}

variable "tenants" {
  description = "The folder of the tenants' files, which map secrets to their names in Secret Manager."
  type        = string
}
