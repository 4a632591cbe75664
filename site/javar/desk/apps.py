"""This part of the site as a Django app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """My page."""

    name = "javar.desk"
    label = "desk"
