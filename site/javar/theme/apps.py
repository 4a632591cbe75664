"""The theme as a Django app: its templates, its static files and its tags are found by this."""

from django.apps import AppConfig


class ThemeConfig(AppConfig):
    """Base page, components, sheets and drawings."""

    name = "javar.theme"
    label = "theme"
