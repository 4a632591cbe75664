"""SQLite as the site uses it; named by `ENGINE` in the settings."""
