"""The tool wall: audit trail, states, calendars, Persian text, fields, background work."""
