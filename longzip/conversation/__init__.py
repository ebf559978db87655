"""The window over a conversation: a log, a view, and what old messages become. Knows no model and no code."""
