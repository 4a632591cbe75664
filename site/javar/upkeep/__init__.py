"""Keeping the site alive: copies of everything, their way back, and how the site does."""
