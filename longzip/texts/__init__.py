"""Any text, with or without a question: kinds, levels, documents, reports, layouts. Knows no model by name."""
