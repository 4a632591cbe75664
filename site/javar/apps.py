"""The site as an app: it carries the commands and the system checks."""

from django.apps import AppConfig


class JavarConfig(AppConfig):
    """Registers the checks of the whole house."""

    name = "javar"
    label = "javar"

    def ready(self) -> None:
        """Load the system checks; Django finds them by import."""
        from javar import checks  # noqa: F401, PLC0415
