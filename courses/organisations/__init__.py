"""Schools, firms, guilds, chamber and offices; who belongs to them; who works together."""
