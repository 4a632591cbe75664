"""The tool wall: audit trail, moves, rights, calendars, Persian text, fields, background work."""
