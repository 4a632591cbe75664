"""Screens: intakes for everybody, one's own place, answers by link, the registrar's desk."""
