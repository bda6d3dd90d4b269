"""The jobs that are held against each other, each a process of its own that reads a topic to its end and exits.

`svartid` is the program itself. The others do a simpler job: no restore, no exactly-once, three figures a pane.
"""
