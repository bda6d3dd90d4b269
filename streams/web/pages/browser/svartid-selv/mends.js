// What mends each thing that may be wrong: a command, and the runbook of the alert that tells of it (deploy/runbooks).

export const MENDS = {
  "old": { command: "svartid doctor", runbook: "figures-stale" },
  "lost": { command: "svartid web", runbook: null },
  "unasked": { command: null, runbook: null },
  "stale": { command: "svartid doctor", runbook: "figures-stale" },
  "behind": { command: "svartid doctor", runbook: "lag-high" },
  "rebuilding": { command: "svartid snapshot", runbook: "rebuilding" },
  "missing_partitions": { command: "svartid doctor", runbook: "partitions-missing" },
  "missing_topics": { command: "svartid doctor", runbook: "topics-missing" },
  "unread_partitions": { command: "svartid doctor", runbook: "kafka-silent" },
  "clock": { command: "svartid doctor", runbook: "clock-wrong" },
  "residual": { command: "svartid verify", runbook: "books-do-not-balance" },
  "lost_events": { command: "svartid doctor", runbook: "events-lost" },
  "rejected": { command: null, runbook: "records-rejected" },
  "late": { command: null, runbook: "records-late" },
  "newer": { command: "svartid doctor", runbook: null },
  "ahead": { command: "svartid doctor", runbook: "clock-ahead" },
  "feed_unheard": { command: null, runbook: "feed-silent" },
  "feed_silent": { command: null, runbook: "feed-silent" },
  "source_silent": { command: null, runbook: "source-silent" },
  "source_ahead": { command: "svartid doctor", runbook: "source-clock-ahead" },
  "source_behind": { command: "svartid doctor", runbook: "source-behind" },
  "disputed": { command: null, runbook: "waiting-disputed" },
};

export const RUNBOOKS = "deploy/runbooks";
