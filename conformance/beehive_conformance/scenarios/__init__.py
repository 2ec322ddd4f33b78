"""Scenarios: programs with what somebody who has read the documents expects of them."""
