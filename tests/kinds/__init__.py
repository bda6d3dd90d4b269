"""Small inputs that real sources send, and what is right for them: the rows of a table in streams/MEASURES.md."""
