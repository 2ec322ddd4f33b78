"""The conformance suite: judges any implementation of beehive against the spec."""
