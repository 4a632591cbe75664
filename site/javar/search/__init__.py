"""One box over every room's public things."""
