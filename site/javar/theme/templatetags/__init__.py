"""Tags and filters of the theme; every template has them without loading."""
