"""JSON over HTTP with patience, for whoever asks a server. Knows no model, no message."""
