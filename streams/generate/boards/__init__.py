"""The Grafana boards, made of the configuration.

May import: the SDK, config, the core's verdicts, board_names, words, serve's words, and its own modules.
"""

from streams.generate.boards.every import dashboards

__all__ = ["dashboards"]
