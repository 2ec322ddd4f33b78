"""What the suite is known to catch."""
