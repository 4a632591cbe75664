"""Intakes, seats and the waiting list."""
