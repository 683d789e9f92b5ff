# For real users. No instance is kept warm: the first message after a quiet hour wakes the functions side by side
# (infra/decisions/0018-wake-ahead.md). To keep one of each hop, at 9.86 US dollars a month for each
# (terraform/COSTS.md):
#   sizes = {
#     deliver = { min_instances = 1 }
#     reply   = { min_instances = 1 }
#     webhook = { min_instances = 1 }
#   }
backup_weeks = 14
budget       = 150
events_days  = 400
log_days     = 30
media_days   = 90
page_days    = 30
