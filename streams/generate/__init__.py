"""What operations watch, made of `config/`: rules, alert routes, runbooks, boards.

The alerts are one list (`alerts.py`); every form of them is made of it. May import: config, the core, and
serve's words: its bokmal, and what it calls statuses and windows in its series.
"""
