# For real users: one instance of each hop is kept warm.
backup_weeks = 14
budget       = 150
events_days  = 400
log_days     = 30
media_days   = 90
page_days    = 30
sizes = {
  deliver = { min_instances = 1 }
  reply   = { min_instances = 1 }
  webhook = { min_instances = 1 }
}
