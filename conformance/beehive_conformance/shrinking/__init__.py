"""Finds a smaller program that still shows the same failure."""
