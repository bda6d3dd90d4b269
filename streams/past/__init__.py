"""What was: history, the scorecard, what the year will come to, and files for a warehouse; all made of the kept cells.

May import: the core, config, serve's documents and words, keys, sealed, redis.
"""
