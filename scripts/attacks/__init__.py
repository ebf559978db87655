"""What is tried against longzip: a module for each kind of attack, with a function that plays one case."""
