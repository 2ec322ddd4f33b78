"""Scenarios: programs with the behaviour that the documents lead a reader to expect."""
