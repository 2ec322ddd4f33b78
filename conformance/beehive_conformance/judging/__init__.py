"""From programs to verdicts: examines targets, groups what is found, and subtracts one target from another."""
