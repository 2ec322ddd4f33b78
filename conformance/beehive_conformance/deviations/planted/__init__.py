"""Faults planted in the model: ways to misbehave that no implementation is known to have."""
