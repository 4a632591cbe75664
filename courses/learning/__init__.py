"""Progress through a programme and quiz attempts."""
