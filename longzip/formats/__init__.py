"""One file per kind of text: each says where such a text may be cut and what stands where text was."""
