"""The signals: plain functions from a query and texts to one number for each. Knows no budget and no output."""
