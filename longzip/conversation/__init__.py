"""The stateful window over a conversation: an append-only log, a validated view, and what turns old messages into a summary."""
