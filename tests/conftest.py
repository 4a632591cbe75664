"""What every test may ask for: a database, people, a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile(
    "fast", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
hypothesis_settings.load_profile("fast")

pytest_plugins = ["tests.cast"]


def pytest_configure(config: pytest.Config) -> None:
    """Compile the catalogues once, before any worker starts: pages are tested in Persian."""
    if not hasattr(config, "workerinput"):
        from javar.catalogues import compile_catalogues  # noqa: PLC0415 - needs the settings

        compile_catalogues()


# What many do at once and what is killed on the way takes its time: a suite of its own.
STRESS = {"load", "faults"}
ASKS_FOR_A_DATABASE = {"db", "django_db_setup", "django_db_blocker", "transactional_db"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what stands in a folder of slow tests; try once what no engine can change."""
    from django.conf import settings  # noqa: PLC0415

    for item in items:
        if STRESS & set(item.path.parts):
            item.add_marker("stress")
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        return
    pure = [one for one in items if not ASKS_FOR_A_DATABASE & set(one.fixturenames)]  # type: ignore[attr-defined]
    pure = [one for one in pure if not one.get_closest_marker("django_db")]
    config.hook.pytest_deselected(items=pure)
    items[:] = [one for one in items if one not in set(pure)]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Give this worker a copy of the migrated template."""
    from tests import databases  # noqa: PLC0415 - needs the settings

    name = databases.own_name("test")
    with django_db_blocker.unblock():
        template = databases.migrated()
        databases.drop(name)
        databases.copy(template, name)
        databases.let_tests_empty_it()
        with databases.using(name):
            yield
        databases.drop(name)


@pytest.fixture(scope="module")
def sown_site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Put a module's tests on a copy of the whole sown site, demo included; its name."""
    from tests import databases  # noqa: PLC0415

    name = databases.own_name("sown")
    with django_db_blocker.unblock():
        template = databases.sown()
        databases.drop(name)
        databases.copy(template, name)
        with databases.using(name), django_db_blocker.block():
            yield name
        databases.drop(name)


@pytest.fixture(autouse=True)
def plain_passwords(settings: Any) -> None:
    """Hash passwords quickly; what is tested is who may sign in, not the hash."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


@pytest.fixture(autouse=True)
def unlisted_static_files(settings: Any) -> None:
    """Look for a static file when it is asked for; listing all took 40 ms of every client."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def own_private_files(settings: Any, tmp_path: Path) -> None:
    """Keep what a test hands in, and carries out, away from everybody else's."""
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.JAVAR_TRAIL_DIR = tmp_path / "trail"


@pytest.fixture(autouse=True)
def own_journal(settings: Any, tmp_path: Path) -> None:
    """Keep what a test sends and gives out of everybody else's journal."""
    settings.JAVAR_JOURNAL_DIR = tmp_path / "journal"


@pytest.fixture(autouse=True)
def no_rate_limits(settings: Any) -> None:
    """Let a test sign in many people from one address."""
    settings.JAVAR_RATE_LIMITS = False


@pytest.fixture(autouse=True)
def fresh_start(settings: Any) -> None:
    """Let no test see what another one cached, or speak the language it ended with."""
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415
    from django.core.cache import cache  # noqa: PLC0415
    from django.utils import translation  # noqa: PLC0415
    from wagtail.models import Site  # noqa: PLC0415

    translation.activate(settings.LANGUAGE_CODE)
    cache.clear()
    ContentType.objects.clear_cache()
    Site.clear_site_root_paths_cache()


@pytest.fixture(autouse=True)
def long_sessions(settings: Any) -> None:
    """Let a test turn the clock as it likes; what ends sessions has tests of its own."""
    settings.SESSION_MINUTES = dict.fromkeys(settings.SESSION_MINUTES, (10**7, 10**7))
    settings.SESSION_COOKIE_AGE = 60 * 10**7


@pytest.fixture(autouse=True)
def no_second_factors(settings: Any) -> None:
    """Let a test sign in staff by one factor; that a second is demanded has tests of its own."""
    settings.JAVAR_MFA = False
