"""The spec of beehive: what its documents say, as clauses to read and as a model to run."""
