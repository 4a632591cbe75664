"""The web around the domain: middleware, account pages, signing in."""
