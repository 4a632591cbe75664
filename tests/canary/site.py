"""The site's settings with a URL table that has views which fail: for the canary test alone."""

from javar.settings import *  # noqa: F403

ROOT_URLCONF = "tests.canary.doors"
