"""Evidence of what the suite detects: whether a violation of a clause would be noticed."""
