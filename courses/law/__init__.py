"""The rules of work for minors, as dated rows with their source and pure functions."""
