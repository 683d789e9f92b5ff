# The needs of each function: the needs of all functions, and its own.

locals {
  _brings_nothing = { always = false, buckets = {}, environment = [], roles = [] }

  _needs = {
    for name, entry in local._sized : name => [
      for need, brought in local._document.needs : merge(local._brings_nothing, brought)
      if try(brought.always, false) || contains(entry.needs, need)
    ]
  }
}
