"""No file nobody can read: Python files of 400 lines at most (`make check` measures templates)."""

from pathlib import Path

from django.conf import settings

ROOT = Path(settings.ROOT)
MOST_LINES = 400


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_no_python_file_is_over_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): len(lines_of(path))
        for top in ("site", "courses", "tests")
        for path in (ROOT / top).rglob("*.py")
        # Migrations are written by Django.
        if "migrations" not in path.parts and len(lines_of(path)) > MOST_LINES
    }
    assert long == {}
