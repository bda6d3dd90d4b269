"""The Grafana boards, made of the configuration. May import: the SDK, config, serve.bokmal, and its own modules."""

from streams.generate.boards.every import dashboards

__all__ = ["dashboards"]
