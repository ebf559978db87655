"""Paths, text and messages in: which files are read, how, and why others are not. Knows no chunk and no query."""
