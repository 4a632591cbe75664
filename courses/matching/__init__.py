"""Rounds: wishes, rankings, running, publishing, explaining."""
