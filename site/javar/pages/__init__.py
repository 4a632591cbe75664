"""Pages of the site at large: home and articles."""
