"""One file per kind of text: where it may be cut and what stands where text was. Knows no query and no model."""
