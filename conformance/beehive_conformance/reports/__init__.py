"""Reports: a stream of JSON lines, and the output that is produced from it."""
