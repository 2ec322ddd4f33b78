"""The spec of beehive: its documentation, written as clauses and as an executable model."""
