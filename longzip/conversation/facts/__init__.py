"""What a message says that a later one may need: facts, files, values, their ledger. Knows no window."""
