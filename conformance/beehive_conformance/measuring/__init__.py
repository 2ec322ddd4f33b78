"""Measures the answers of a target to the questions that the documents leave open."""
