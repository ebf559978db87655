"""Causal language models of the Hugging Face layout, in numpy or in torch. Knows no file to compress, no chunk."""
