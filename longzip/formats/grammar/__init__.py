"""What tree-sitter says of a source: units, chunks, names, what can be left out. Knows no query and no model."""
