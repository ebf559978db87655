"""longzip in other programs, one module for each; each needs an extra."""
