"""From programs to verdicts: the harness of a target, the pool of harnesses, and failure signatures."""
