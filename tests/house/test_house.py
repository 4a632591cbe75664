"""The house itself: what a stranger relies on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
PRODUCTION = {
    "JAVAR_ENV": "production",
    "SECRET_KEY": "a-secret-of-fifty-signs-or-more-for-this-test-alone-0123456789",
    "NATIONAL_CODE_KEY": "another-key",
    "ALLOWED_HOSTS": "javar.example",
    "JAVAR_SMS_BACKEND": "courses.notices.senders.HttpSender",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}


def test_site_is_a_source_root_and_no_package() -> None:
    assert not (ROOT / "site" / "__init__.py").exists()


def test_top_level_holds_what_was_agreed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    tops = {path.split("/")[0] for path in tracked}
    tools = {
        ".ci", ".editorconfig", ".env.example", ".gitignore", ".npmrc", "Makefile",
        "package-lock.json", "package.json", "pyproject.toml",
    }  # fmt: skip
    locks = {name for name in tops if re.fullmatch(r"requirements[a-z-]*\.(in|txt)", name)}
    assert tops - tools - locks == {
        "site", "courses", "seeds", "tests", "deploy", "manage.py", "README.md", "SECURITY.md",
    }  # fmt: skip


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.txt")), ids=lambda p: p.name)
def test_lock_holds_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "--hash=sha256:" in text
    assert "://" not in re.sub(r"#.*", "", text)


def test_npm_lock_holds_no_address() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def starts(**environment: str) -> bool:
    """Tell whether the settings can be read with these values."""
    done = subprocess.run(
        [sys.executable, "-c", "import javar.settings"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "site"),
            "JAVAR_VAR": str(settings.VAR),
            **environment,
        },
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_settings_start_in_development_with_nothing_set() -> None:
    assert starts()


def test_settings_start_in_production_with_what_they_need() -> None:
    assert starts(**PRODUCTION)


@pytest.mark.parametrize(
    "unsafe",
    [
        {"SECRET_KEY": "development-only-secret-that-no-installation-may-use"},
        {"SECRET_KEY": "short"},
        {"DEBUG": "1"},
        {"JAVAR_DEMO": "1"},
        {"ALLOWED_HOSTS": None},
        {"JAVAR_SMS_BACKEND": None},
        {"JAVAR_SMS_BACKEND": "courses.notices.senders.FileSender"},
        {"EMAIL_BACKEND": None},
        *(
            {"EMAIL_BACKEND": f"django.core.mail.backends.{name}.EmailBackend"}
            for name in ("console", "filebased", "locmem", "dummy")
        ),
        {"NATIONAL_CODE_KEY": None},
        {"JAVAR_ENV": "prodution"},
    ],
    ids=lambda change: "-".join(f"{k}={v}"[:60] for k, v in change.items()),
)
def test_settings_refuse_to_start_outside_development(unsafe: dict[str, str | None]) -> None:
    values = {k: v for k, v in (PRODUCTION | unsafe).items() if v is not None}
    assert not starts(**values)


def test_readme_names_every_room() -> None:
    readme = (ROOT / "README.md").read_text()
    rooms = {path.parent.name for path in (ROOT / "courses").glob("*/apps.py")}
    assert {room for room in rooms if f"courses/{room}" not in readme} == set()


def test_no_room_of_convenience() -> None:
    forbidden = {"utils", "helpers", "common", "core", "services", "managers"}
    names = {path.stem for top in ("site", "courses") for path in (ROOT / top).rglob("*.py")}
    assert names & forbidden == set()


def test_example_of_settings_starts() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert starts(**given)
