"""Tags other rooms' pages may show this room with."""
