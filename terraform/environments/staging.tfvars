# For the delivery's own test of each change: as small as a trial, kept for two weeks.
backup_weeks = 2
budget       = 10
events_days  = 30
log_days     = 14
media_days   = 14
page_days    = 14
sizes = {
  deliver = { max_instances = 3 }
  reply   = { max_instances = 3 }
  webhook = { max_instances = 3 }
}
