"""The stages of a run in their order, sources to report. Knows no format and no model by name."""
