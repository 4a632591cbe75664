"""`manage.py house`: every check of the house, in one go."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from javar.catalogues import catalogues, compile_catalogues

ROOT: Path = settings.ROOT
BIN = Path(sys.executable).parent
OUR_CATALOGUES = [settings.SITE / "locale" / code / "LC_MESSAGES" / "django.po" for code in ("fa",)]
# A sample of what an installation sets; `check --deploy` must be content with it.
SAMPLE_PRODUCTION = {
    "JAVAR_ENV": "production",
    "SECRET_KEY": "sample-only-" + "k3y" * 20,
    "NATIONAL_CODE_KEY": "sample-only-" + "c0de" * 15,
    "ALLOWED_HOSTS": "javar.example",
    "JAVAR_SMS_BACKEND": "courses.notices.senders.HttpSender",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "BASE_URL": "https://javar.example",
    "JAVAR_DEMO": "false",
    "DEBUG": "false",
}
# The longest line of a template.
SIGNS = 120
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)"
    r"|(?:left|right)\s*:|text-align\s*:\s*(?:left|right)|float\s*:\s*(?:left|right))"
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=[\"']|<style[\s>]")


class Command(BaseCommand):
    """Runs the checks one after the other and tells all that failed."""

    help = "Format, lint, types, contracts, migrations, deploy check, translations, CSS, markup."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--write`."""
        parser.add_argument("--write", action="store_true", help="format instead of complaining")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every check; fail when one failed."""
        self.writes: bool = options["write"]
        compile_catalogues()
        checks: dict[str, Callable[[], str]] = {
            "format": lambda: self._run(
                BIN / "ruff", "format", *([] if self.writes else ["--check"]), "."
            ),
            "templates": self._templates,
            "style sheets": self._sheets,
            "lint": lambda: self._run(BIN / "ruff", "check", "."),
            "types": lambda: self._run(BIN / "mypy"),
            "contracts": lambda: self._run(BIN / "lint-imports"),
            "migrations": lambda: self._manage("makemigrations", "--check", "--dry-run"),
            "deploy": self._deploy,
            "catalogues": self._translated,
            "strings": self._extracted,
            "logical CSS": self._logical,
            "no inline code": self._no_inline,
        }
        failed = []
        for name, check in checks.items():
            begun = time.monotonic()
            complaint = check()
            verdict = "✗" if complaint else "✓"
            self.stdout.write(f"{verdict} {name} ({time.monotonic() - begun:.1f} s)")
            if complaint:
                failed.append(name)
                self.stdout.write(complaint)
        if failed:
            raise CommandError(f"The house is not in order: {', '.join(failed)}.")
        self.stdout.write("The house is in order.")

    def _run(self, *command: str | Path, environment: dict[str, str] | None = None) -> str:
        """Return the output of a command that failed, or nothing."""
        done = subprocess.run(  # noqa: S603
            [str(part) for part in command],
            cwd=ROOT,
            env=os.environ
            | {"PYTHONPATH": f"{settings.SITE}{os.pathsep}{ROOT}"}
            | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else (done.stdout + done.stderr)[-6000:]

    def _manage(self, *command: str, environment: dict[str, str] | None = None) -> str:
        return self._run(sys.executable, ROOT / "manage.py", *command, environment=environment)

    def _templates(self) -> str:
        """Ask the formatter of templates, which reads .editorconfig, and find what it left long."""
        options = ["--line-length", str(SIGNS)] + ([] if self.writes else ["--check"])
        unlike = self._run(BIN / "djangofmt", *options, "courses", "site")
        return unlike or "\n".join(
            f"{path.relative_to(ROOT)}:{number}: over {SIGNS} signs"
            for path in _files("*.html")
            for number, line in enumerate(path.read_text().splitlines(), start=1)
            if len(line) > SIGNS
        )

    def _sheets(self) -> str:
        """See that style sheets are as the formatter writes them; `--write` writes them so."""
        import cssbeautifier  # noqa: PLC0415 - a tool of the tests, absent where the site serves

        options = cssbeautifier.default_options()
        options.indent_size, options.end_with_newline = 2, True
        options.space_around_combinator = True
        unlike = []
        for path in _files("*.css"):
            text = path.read_text(encoding="utf-8")
            written = cssbeautifier.beautify(text, options)
            if written != text and self.writes:
                path.write_text(written, encoding="utf-8")
            elif written != text:
                unlike.append(f"{path.relative_to(ROOT)} is not formatted: manage.py house --write")
        return "\n".join(unlike)

    def _deploy(self) -> str:
        """Ask Django's deployment check, and see that unsafe values are refused."""
        complaint = self._manage(
            "check", "--deploy", "--fail-level", "WARNING", environment=SAMPLE_PRODUCTION
        )
        for unsafe in (
            {"SECRET_KEY": settings.DEFAULT_SECRET},
            {"DEBUG": "1"},
            {"JAVAR_DEMO": "1"},
            {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
            {"JAVAR_SMS_BACKEND": "courses.notices.senders.ConsoleSender"},
        ):
            if not self._manage("check", environment=SAMPLE_PRODUCTION | unsafe):
                complaint += f"The site started in production with {unsafe}.\n"
        return complaint

    def _translated(self) -> str:
        """Complain of every fuzzy or missing translation."""
        complaints = []
        for po in catalogues():
            for entry in polib.pofile(str(po)):
                if entry.obsolete or (entry.translated() and not entry.fuzzy):
                    continue
                complaints.append(f"{po.relative_to(ROOT)}: {entry.msgid!r} is not translated")
        return "\n".join(complaints)

    def _extracted(self) -> str:
        """Complain of strings in the code that the catalogue does not know."""
        if not shutil.which("xgettext"):
            self.stdout.write("  strings: SKIPPED, gettext is not installed here")
            return ""
        known = {
            (entry.msgctxt, entry.msgid)
            for entry in polib.pofile(str(OUR_CATALOGUES[0]))
            if not entry.obsolete
        }
        return "\n".join(
            f"{where}: {msgid!r} is not in the catalogue"
            for context, msgid, where in extracted()
            if (context, msgid) not in known
        )

    def _logical(self) -> str:
        return "\n".join(
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for path in _files("*.css")
            for number, line in enumerate(path.read_text().splitlines(), start=1)
            if PHYSICAL.search(line) or "!important" in line
        )

    def _no_inline(self) -> str:
        return "\n".join(
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for path in _files("*.html")
            for number, line in enumerate(path.read_text().splitlines(), start=1)
            if INLINE.search(line)
        )


def _files(pattern: str) -> Iterator[Path]:
    for folder in (settings.SITE, ROOT / "courses"):
        yield from sorted(folder.rglob(pattern))


def extracted() -> list[tuple[str | None, str, str]]:
    """Return (context, msgid, where) of every translatable string in code and templates."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / "found.po"
        _collect(catalogue)
        return [
            (entry.msgctxt, entry.msgid, ", ".join(":".join(o) for o in entry.occurrences[:2]))
            for entry in polib.pofile(str(catalogue))
        ]


def _collect(catalogue: Path) -> None:
    """Run xgettext over Python files and over templates made readable for it."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - heavy, rarely used

    with tempfile.TemporaryDirectory() as folder:
        names = []
        for path in [*_files("*.py"), *_files("*.html"), *_files("*.txt")]:
            if "migrations" in path.parts:
                continue
            source = path.read_text(encoding="utf-8")
            if path.suffix != ".py":
                source = templatize(source, origin=str(path))
            copy = Path(folder) / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source, encoding="utf-8")
            names.append(str(path.relative_to(ROOT)))
        keywords = (
            "gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2",
            "npgettext:1c,2,3", "pgettext_lazy:1c,2",
        )  # fmt: skip
        command = ["xgettext", "--language=Python", "--from-code=UTF-8"]
        command += [f"--keyword={keyword}" for keyword in keywords]
        command += ["--output", str(catalogue), *names]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603
