"""What each ordinary change does to a year's figures: tried one by one, and the table of it in deploy/OPERATIONS.md."""
