"""What the documents of beehive say: clauses for people, an executable model for machines."""
