"""The site as an app: it carries the commands, the system checks and the admin's date fields."""

from django.apps import AppConfig


class JavarConfig(AppConfig):
    """Registers the house's checks, what is logged, and how Wagtail's admin writes days."""

    name = "javar"
    label = "javar"

    def ready(self) -> None:
        """Load the system checks, which Django finds by import; register the date fields."""
        from javar import admin_dates, checks  # noqa: F401, PLC0415
        from javar.admin import trail  # noqa: F401, PLC0415 - hears of accounts
        from javar.upkeep.backups import nightly  # noqa: F401, PLC0415 - a periodic job
        from javar.web import (  # noqa: PLC0415
            devices,  # noqa: F401 - these hear signals
            logs,
            new_powers,  # noqa: F401
            session_ends,  # noqa: F401
            sign_in_log,  # noqa: F401
            task_log,  # noqa: F401
        )

        admin_dates.register_fields()
        logs.log_uncaught()
