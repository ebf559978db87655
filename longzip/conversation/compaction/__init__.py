"""One compaction: what is spent, where the view is cut, what is lost. Knows no writer of summaries."""
