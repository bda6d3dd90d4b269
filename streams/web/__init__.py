"""HTTP for other services and for browsers: what is now, what was, what was promised, and what changes, as it does.

A process of its own (`svartid web`) that reads Redis alone. Only this package knows Litestar and uvicorn. May import:
serve's documents, past's history and scorecard, the core, config.
"""
