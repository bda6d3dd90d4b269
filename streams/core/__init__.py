"""The pure core: events, facts, contributions, aggregates, the fold. No clock, no network, no Faust, no Redis."""
