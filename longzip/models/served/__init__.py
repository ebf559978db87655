"""Language models on servers that return the log-probabilities of a prompt. Knows no chunk."""
