"""The normal form of a conversation, and the dialects it is read from and written in. Knows no budget."""
