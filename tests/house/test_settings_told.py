"""`.env.example` and README against the code: they name what is there and nothing else."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.ROOT)
EXAMPLE = ROOT / ".env.example"
README = ROOT / "README.md"
# Django's own way to the settings: a machine never chooses it.
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE"}
COMPUTED = object()


def read_by_the_code() -> dict[str, tuple[str, Any]]:
    """Return every variable that is read, with its type's name and literal default."""
    found: dict[str, tuple[str, Any]] = {}
    sources = [
        ROOT / "manage.py",
        *(ROOT / "site").rglob("*.py"),
        *(ROOT / "courses").rglob("*.py"),
    ]
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (read := _read(node)):
                name, kind, default = read
                # The first reading with a default of its own tells it; others only look again.
                if name not in found or found[name][1] is None:
                    found[name] = (kind, default)
    return {name: read for name, read in found.items() if name not in NOT_SETTINGS}


def _read(call: ast.Call) -> tuple[str, str, Any] | None:
    """Read `env.str("NAME", default=…)` or `os.environ.get("NAME", …)`."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and call.args):
        return None
    reads_env = isinstance(function.value, ast.Name) and function.value.id == "env"
    reads_os = ast.unparse(function.value) == "os.environ" and function.attr == "get"
    first = call.args[0]
    if not (reads_env or reads_os) or not isinstance(first, ast.Constant):
        return None
    given = {word.arg: word.value for word in call.keywords}.get("default")
    if given is None and len(call.args) > 1:
        given = call.args[1]
    try:
        default = ast.literal_eval(given) if given is not None else None
    except ValueError:
        default = COMPUTED
    return str(first.value), function.attr if reads_env else "str", default


def told() -> dict[str, str | None]:
    """Return what the example says of every variable: its value, or None where it is commented."""
    said: dict[str, str | None] = {}
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"(# )?([A-Z][A-Z_]+)=(.*)", line):
            assert match[2] not in said, f"{match[2]} stands twice in .env.example"
            said[match[2]] = None if match[1] else match[3]
    return said


def as_read(kind: str, text: str) -> Any:
    """Return a value of the example as the settings would read it."""
    casts: dict[str, Any] = {
        "bool": lambda t: t.lower() in {"true", "1", "yes", "on"},
        "int": int,
        "float": float,
        "list": lambda t: t.split(","),
    }
    return casts.get(kind, str)(text)


READ, TOLD = read_by_the_code(), told()


def test_example_names_every_setting_and_no_other() -> None:
    unsaid, unread = sorted(READ.keys() - TOLD.keys()), sorted(TOLD.keys() - READ.keys())
    assert not unsaid, f"write these into .env.example, with their default: {unsaid}"
    assert not unread, f"nothing reads these; take them out of .env.example: {unread}"


@pytest.mark.parametrize("name", sorted(READ.keys() & TOLD.keys()))
def test_example_gives_the_default_of_the_code(name: str) -> None:
    kind, default = READ[name]
    said = TOLD[name]
    if default is COMPUTED or default in (None, "", [], {}):
        assert said is None, f"{name} has no fixed default: comment its line out in .env.example"
        return
    assert said is not None, f"{name} has the default {default!r}: write it, not as a comment"
    assert as_read(kind, said) == default, f".env.example gives {name} another default"


def test_readme_names_make_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", README.read_text(), re.MULTILINE))
    assert named - targets == set()
    assert {"run", "test", "check"} <= named


def test_readme_names_commands_that_exist() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", README.read_text()))
    assert named - set(get_commands()) == set()


def test_readme_names_settings_that_exist() -> None:
    named = set(re.findall(r"\b(JAVAR_[A-Z_]+)\b", README.read_text()))
    installers = set(re.findall(r"\b(JAVAR_[A-Z_]+)\b", (ROOT / "deploy/install.sh").read_text()))
    assert named - READ.keys() - installers == set()


def test_readme_names_paths_that_exist() -> None:
    text = README.read_text()
    named = {
        path.rstrip("/.")
        for path in re.findall(
            r"\b(?:site|courses|seeds|tests|deploy|\.ci)/[A-Za-z0-9_./-]*[A-Za-z0-9_/]", text
        )
        if not re.search(r"/xx|/LC_", path)
    }
    missing = {path for path in named if not (ROOT / path).exists()}
    links = {link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (ROOT / link).exists()}
    assert (missing, links) == (set(), set())
