"""No file nobody can read: Python files of 400 lines at most, template lines of 120 signs."""

from pathlib import Path

from django.conf import settings

ROOT = Path(settings.ROOT)
MOST_LINES, MOST_SIGNS = 400, 120


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


def test_no_line_of_a_template_is_over_120_signs() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for top in ("site", "courses")
        for path in (ROOT / top).rglob("*.html")
        for number, line in enumerate(lines_of(path), start=1)
        if len(line) > MOST_SIGNS
    ]
    assert long == []
