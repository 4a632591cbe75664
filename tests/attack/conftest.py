"""What the attacks ask for."""

from tests.journeys.conftest import browser

__all__ = ["browser"]
