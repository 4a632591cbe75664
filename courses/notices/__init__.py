"""What the site tells people, and how they sign in."""
