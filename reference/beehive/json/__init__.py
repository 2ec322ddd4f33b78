"""Messages as JSON text that the Go implementation can read, and back."""
