"""The expected wait: what was tried, and how good it is on simulated days."""
