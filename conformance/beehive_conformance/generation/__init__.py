"""Sources of programs: random, bounded-exhaustive, and one for each edge of the automaton."""
