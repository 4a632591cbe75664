"""The taxonomy of the trade: skills and occupations."""
