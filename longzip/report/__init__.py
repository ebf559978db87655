"""What a run was about, for people: one page that opens anywhere, from an explanation. Knows no server and no model."""
