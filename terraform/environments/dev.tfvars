# For trials: small, no warm instances, cheap.
backup_weeks = 1
budget       = 10
events_days  = 30
log_days     = 7
media_days   = 7
page_days    = 7
sizes = {
  deliver = { max_instances = 3 }
  reply   = { max_instances = 3 }
  webhook = { max_instances = 3 }
}
