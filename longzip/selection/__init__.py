"""From numbers to what is kept: spikes, shares, knapsacks, prices. Knows no text, no model and no file."""
