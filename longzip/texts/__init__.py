"""The second door: any text, with or without a question. Kinds of text, what is critical in them, levels, reports."""
