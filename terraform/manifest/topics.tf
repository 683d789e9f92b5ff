# Which functions publish to which topics, the push subscriptions, and their dead-letter topics.

locals {
  topics = { for name, topic in local._document.topics : name => { ordered = topic.ordered } }

  publishers = merge([
    for name, entry in local._sized : {
      for topic in entry.publishes : "${name}/${topic}" => { function = name, topic = topic }
    }
  ]...)

  # One for each topic of each function.
  _living = merge([
    for name, trigger in local._triggers : {
      for topic in trigger.topics : "${name}-${topic}" => {
        dead_letter_topic = "${name}-${topic}-dead"
        function          = name
        ordered           = local._document.topics[topic].ordered
        path              = "/${topic}"
        topic             = topic
      }
    }
  ]...)

  dead_letter_topics = toset([for subscription in local._living : subscription.dead_letter_topic])

  # Each dead-letter topic is pushed to the function that keeps dead letters. A message that fails there too is
  # pushed again until the topic's retention ends.
  _burials = merge([
    for name, entry in local._sized : {
      for topic in local.dead_letter_topics : "${name}-${topic}" => {
        dead_letter_topic = null
        function          = name
        ordered           = false
        path              = "/dead"
        topic             = topic
      }
    } if entry.dead_letters
  ]...)

  subscriptions = {
    for name, subscription in merge(local._living, local._burials) : name => merge(subscription, {
      ack_deadline = local._sized[subscription.function].timeout_seconds
      attempts     = local._sized[subscription.function].attempts
      max_backoff  = local._sized[subscription.function].max_backoff_seconds
      min_backoff  = local._sized[subscription.function].min_backoff_seconds
    })
  }
}
