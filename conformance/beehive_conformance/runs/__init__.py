"""Runs programs on a target and collects the verdicts and findings."""
