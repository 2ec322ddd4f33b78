"""Runs a plan of programs on a target and keeps what was found."""
