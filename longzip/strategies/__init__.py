"""Ways to choose under a budget: published, ladder, passages, outline. Knows no format and no model by name."""
