"""What was: history, the scorecard, the forecast of a year, and what is exported."""
