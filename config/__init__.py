"""What people tune: queues, hours, definitions and targets, read from two TOML files and checked.

`load()` reads the project's own folder, or another with the same files; `load_channels()` its channels alone.
May import: streams.core.
"""

from config.centre import Centre
from config.loading import ConfigError, load, load_channels

__all__ = ["Centre", "ConfigError", "load", "load_channels"]
