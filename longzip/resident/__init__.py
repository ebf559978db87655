"""What a service keeps in memory of a folder between questions, and what it answers at a keystroke. Knows no model."""
