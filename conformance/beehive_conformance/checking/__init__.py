"""Judges histories against the automaton of the spec's model."""
