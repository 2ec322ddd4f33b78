"""What the suite is known to find: whether a break of a clause would be noticed."""
