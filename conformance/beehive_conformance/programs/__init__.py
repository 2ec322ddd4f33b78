"""Programs: the value that every source makes and every target runs, with its forms on disk and in words."""
