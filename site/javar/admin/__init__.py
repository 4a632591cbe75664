"""What Wagtail's admin looks like here."""
