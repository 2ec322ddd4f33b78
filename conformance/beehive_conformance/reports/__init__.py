"""Reports: one stream of JSON lines, and what is drawn from it."""
