"""This part of the site as a Django app."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Home and articles."""

    name = "javar.pages"
    label = "pages"
