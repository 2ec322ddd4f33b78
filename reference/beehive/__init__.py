"""The message bus that the documents of beehive describe, for threads."""
