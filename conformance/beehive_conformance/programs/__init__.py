"""Programs: lists of steps that every source makes and every target runs, as values, as files and as text."""
