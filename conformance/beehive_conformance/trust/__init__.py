"""What the suite is known to finding."""
