"""What the words of a context say of the words that follow, mixed into a language model. Knows no chunk."""
