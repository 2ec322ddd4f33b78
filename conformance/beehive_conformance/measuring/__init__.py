"""Measures what a target answers to the questions that the documents leave open."""
