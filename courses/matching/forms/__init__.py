"""The forms of matching, a module for each of those who fill them in."""
