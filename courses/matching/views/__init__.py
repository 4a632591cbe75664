"""The screens of matching, a module for each of those who look."""
