"""Who writes a summary, and what it must be before it stands for messages. Knows no window."""
