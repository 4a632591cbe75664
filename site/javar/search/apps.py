"""This part of the site as a Django app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The search box."""

    name = "javar.search"
    label = "search"
