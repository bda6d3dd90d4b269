"""The Lua that runs in Redis. May import: standard library."""

from pathlib import Path


def script(name: str) -> str:
    """A script's text, with what each of them may ask before it."""
    here = Path(__file__).parent
    return (here / "whole.lua").read_text() + (here / name).read_text()
