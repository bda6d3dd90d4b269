"""The boards that `svartid web` serves to browsers: their files, their words, and what the configuration says of them.

No build step and no address but our own: what lies here is what a browser is given. Figures come over /api/v1 alone.
"""
