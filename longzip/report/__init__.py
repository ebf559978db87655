"""What a run was about, for people: one page that opens anywhere. Knows an explanation; no server, no model."""
