"""Kept units become text: order, headers, gap markers, output formats, the fit. Knows no relevance."""
