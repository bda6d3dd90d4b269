"""Reads, merges and shows: views, snapshot, metrics, boards. Writes nothing that state depends on.

May import: the core, config, settings, clock, keys.
"""
