"""What a sentence says and does: values, marks, what overrules it, action items. Knows no file and no budget."""
