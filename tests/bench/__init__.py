"""`make bench`: what an event costs, beside other engines at the same work, and how soon it can be seen.

    workload (seeded) -> topics -> one process a job -> CPU, wall, totals checked -> table, JSON

Not a test: nothing here fails for being slow, only for being wrong. On a shared machine wall time
is noise, and CPU time much less so: CPU-seconds a million events, compared within one round, is the figure to go by.
"""
