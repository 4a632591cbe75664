"""Restoring a copy into an empty place, and saying what the copy cannot know.

Nothing is ever overwritten, and nothing is believed before the whole copy was read once. The
work is done beside the real place (`targets`); files are put in place first and the database
last, so that a database that is there is whole. A folder `restoring` stands meanwhile: who is
killed leaves it, no part of the site starts while it is there, and the next restore clears it.

Before the database gets its name the site is held (`courses.kit.holds`), everybody is signed out,
and the journal is heard: what it saw going out is marked as sent, whom it saw erased is erased
again, and which messages and places are younger than the copy is written into a report.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command, get_commands
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from courses.kit import audit, holds, journal
from courses.kit.models import Hold
from javar.upkeep.alone import PlaceTaken, hold_the_place
from javar.upkeep.backups import archives, copies, making, targets
from javar.upkeep.backups.archives import CopyRefused, Manifest
from javar.upkeep.backups.seals import Key

Say = Callable[[str], object]
Report = dict[str, Any]
STATE = "state.json"
# Names the copy whose restore has ended; it stays until whoever restores has taken the site over.
MARK = "restored"
# What of a list stands in the database; the report file has all of it.
SHOWN = 100
CHECKS = ("count_seats", "verify_trail")


def workshop() -> Path:
    """Return the folder that stands while a restore is at work."""
    return Path(settings.VAR) / "restoring"


def cut_off() -> str:
    """Return what to do about a restore that was cut off; empty: there is none."""
    if not (workshop() / STATE).exists():
        return ""
    return (
        f"A restore was cut off or is at work ({workshop()}). Run the same `manage.py restore` "
        "again; it clears what was left and begins anew."
    )


def was_restored(path: Path) -> bool:
    """Tell whether this place holds just this copy, restored to its end."""
    mark = Path(settings.VAR) / MARK
    with _alone():
        if not _has_its_name():
            return False
        _finished_before(lambda _line: None)
        return mark.exists() and mark.read_text().strip() == path.name


def restore(path: Path, key: Key | None, *, say: Say = print, at: datetime | None = None) -> Report:
    """Restore a copy into this empty place; return the report.

    Raises CopyRefused, and then leaves the place as empty as it was. What fails once the database
    has its name is raised as well, and takes nothing away.
    """
    at = at or timezone.now()
    with _alone():
        if _finished_before(say):
            raise CopyRefused("An earlier restore had ended; the site is there. Nothing was done.")
        _must_be_empty()
        try:
            # Before the first look, which may take long: no part of the site begins meanwhile.
            workshop().mkdir(mode=0o700)
            _note(placing=False, copy=path.name)
            say(f"Reading {path.name} once to its end …")
            manifest = archives.read(path, key, lambda _name: None)
            _must_suit(manifest)
            making.must_fit(Path(settings.VAR), 2 * manifest.size)
            return _restored(path, key, manifest, say, at)
        except BaseException as error:
            if _has_its_name():
                error.add_note("The copy IS restored: database and files are in their places.")
                _end(path.name)
            else:
                _undo()
            raise


def _restored(path: Path, key: Key | None, manifest: Manifest, say: Say, at: datetime) -> Report:
    parts = workshop() / "parts"
    archives.read(path, key, lambda name: parts / name)
    say(f"{len(manifest.parts):,} parts unpacked, {manifest.size:,} bytes")
    (parts / archives.SETTINGS).unlink(missing_ok=True)
    targets.load(parts / manifest.database)
    say("Database loaded beside its place")
    with targets.at_work():
        targets.forget_what_was_read()
        report = _settled(path, manifest, say, at)
    _must_be_empty()
    _place_files(parts, path.name)
    os.sync()
    targets.put_in_place()
    targets.forget_what_was_read()
    cache.clear()
    _tell_journal(report, say)
    _end(path.name)
    return report


def _settled(path: Path, manifest: Manifest, say: Say, at: datetime) -> Report:
    """Bring a loaded database forward, hold the site, hear the journal; return the report."""
    migrated = _migrate()
    if migrated:
        say(f"The copy is older than the code: {migrated} migrations applied")
    with transaction.atomic():
        hold = holds.put({}, at=at)
        heard = journal.replay(made_at=datetime.fromisoformat(manifest.made_at), at=at)
        for function in holds.AFTER_RESTORE:
            function(at)
        targets.jump_ahead()
        report = _report(path, manifest, heard, migrated, at)
        Hold.objects.filter(pk=hold.pk).update(since=at, report=_shortened(report))
        audit.record(hold, "restore", by=None, at=at, copy=path.name, made_at=manifest.made_at)
    report["checks"] = _checks()
    _write_report(report, say)
    Hold.objects.filter(pk=hold.pk).update(report=_shortened(report))
    return report


def _migrate() -> int:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    return len(plan)


def _report(
    path: Path, manifest: Manifest, heard: journal.Replayed, migrated: int, at: datetime
) -> Report:
    begins = heard.begins.isoformat() if heard.begins else ""
    late = begins > manifest.made_at and begins != manifest.journal
    known = "late" if late else "whole" if begins else "none"
    return {
        "copy": path.name,
        "made_at": manifest.made_at,
        "restored_at": at.isoformat(),
        "engine": manifest.engine,
        "journal": known,
        "journal_begins": begins,
        "torn": heard.torn,
        "counts": {
            f"{kind}.{name}": len(lines)
            for kind, lists in heard.found.items()
            for name, lines in lists.items()
        },
        "found": heard.found,
        "missing_files": len(manifest.missing),
        "other_code_key": manifest.code_key != making.code_key(),
        "migrated": migrated,
    }


def _shortened(report: Report) -> Report:
    found = {
        kind: {name: lines[:SHOWN] for name, lines in lists.items()}
        for kind, lists in report["found"].items()
    }
    return report | {"found": found}


def _checks() -> dict[str, str]:
    """Ask the house's own commands whether the restored books agree; return what each says."""
    said: dict[str, str] = {}
    for name in CHECKS:
        if name not in get_commands():
            continue
        try:
            with Path(os.devnull).open("w") as nowhere:
                call_command(name, stdout=nowhere)
            said[name] = ""
        except CommandError as error:
            said[name] = str(error)
    return said


def _write_report(report: Report, say: Say) -> None:
    """Write the whole report beside the journal, or beside the data where that cannot be."""
    name = f"restore-{report['restored_at'][:19].replace(':', '')}.json"
    content = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    for folder in (Path(settings.JAVAR_JOURNAL_DIR), Path(settings.VAR)):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / name).write_text(content)
        except OSError as error:
            say(f"{folder} cannot be written to: {error.strerror}")
            continue
        report["file"] = str(folder / name)
        return


def _tell_journal(report: Report, say: Say) -> None:
    """Let the journal know that from here on the site is the copy's."""
    line = {"kind": "restored", "at": report["restored_at"], "copy": report["copy"]}
    try:
        journal.write([line])
    except OSError as error:
        say(f"The journal cannot be written to: {error.strerror}")


def sentences(report: Report) -> list[str]:
    """Return what whoever restores must read."""
    counts = report["counts"]
    journal_says = {
        "none": "There is no journal: nobody can say which messages were sent, which places were "
        "given and who was erased after the copy was made.",
        "late": f"The journal begins at {report['journal_begins']}, after the copy was made: of "
        "the time between nobody can say what was sent, given or erased.",
        "whole": "",
    }[report["journal"]]
    lines = [
        f"Restored from {report['copy']}, made {report['made_at']}.",
        journal_says,
        f"{report['torn']} lines of the journal cannot be read." if report["torn"] else "",
        f"Messages that wait here and were sent already: {counts['sent.settled']}; marked as "
        "sent, they never go again.",
        f"Messages younger than the copy: {counts['sent.younger']}.",
        f"Moves of places younger than the copy: {counts['place.younger']}.",
        f"People erased again: {counts['erased.erased_again']}.",
        f"People who could not be erased again: {counts['erased.not_erased']}; see the report."
        if counts["erased.not_erased"]
        else "",
        f"Files that rows name and the copy lacks: {report['missing_files']}."
        if report["missing_files"]
        else "",
        "NATIONAL_CODE_KEY is another one than where the copy was made: nobody is recognised by "
        "their national code. Put the old one back before anybody works here."
        if report["other_code_key"]
        else "",
        *(f"{name}: {said or 'in order'}" for name, said in report.get("checks", {}).items()),
        f"The whole report: {report['file']}" if "file" in report else "",
        "Everybody is signed out, one-time codes have ended. The outbox is HELD: nothing leaves "
        "and no place lapses until a keeper has read this and releases it, on the page of the "
        "outbox or with `manage.py release_outbox --by NAME`.",
    ]
    return [line for line in lines if line]


def _must_be_empty() -> None:
    if not targets.is_empty():
        where = (
            f"The database {targets.sqlite_place()}"
            if copies.engine() == "sqlite"
            else f"The database “{connection.settings_dict['NAME']}”"
        )
        raise CopyRefused(
            f"{where} is not empty, and a restore never overwrites. Stop the site and move it "
            "away (SQLite: rename the file; PostgreSQL: name a new empty database), then restore."
        )
    for root in making.roots().values():
        if _has_files(root):
            raise CopyRefused(
                f"There are files in {root}, and a restore never overwrites. Move the folder away."
            )


def _has_files(root: Path) -> bool:
    return any(names for _above, _folders, names in os.walk(root))


def _must_suit(manifest: Manifest) -> None:
    """Refuse a copy of another engine, or of a Javar that is newer than this one."""
    if manifest.engine != copies.engine():
        raise CopyRefused(
            f"The copy is of {manifest.engine}, this place runs on {copies.engine()}: "
            "set DATABASE_URL to an empty database of that kind."
        )
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    ours = {f"{app}.{name}" for app, name in loader.disk_migrations or {}}
    newer = sorted(set(manifest.migrations) - ours)
    if newer:
        raise CopyRefused(
            f"The copy is newer than this code, which does not know {newer[0]}"
            f"{f' and {len(newer) - 1} more' if newer[1:] else ''}: install the newer Javar first."
        )


def _place_files(parts: Path, copy: str) -> None:
    """Put media and private files where the site looks for them.

    Folders that are there keep their owner, group and mode: an installation has chosen them.
    """
    _note(placing=True, copy=copy)
    for name, root in making.roots().items():
        # Media are served by the web server's own user, private files by nobody else.
        folder_mode, file_mode = (0o755, 0o644) if name == "media" else (0o700, 0o600)
        for above, _folders, names in os.walk(parts / name):
            folder = root / Path(above).relative_to(parts / name)
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(folder.stat().st_mode & 0o7000 | folder_mode)
            for one in names:
                Path(above, one).chmod(file_mode)
                shutil.move(Path(above, one), folder / one)


def _note(**facts: Any) -> None:
    """Write down how far the work is, for whoever finds it cut off."""
    _write_whole(workshop() / STATE, json.dumps(facts) + "\n")


def _end(copy: str) -> None:
    """Write down which copy is in its place, and clear the workshop."""
    _write_whole(Path(settings.VAR) / MARK, copy + "\n")
    shutil.rmtree(workshop(), ignore_errors=True)


def _write_whole(path: Path, content: str) -> None:
    """Write a file that is there whole or not at all."""
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(content)
    copies.flush_file(temporary)
    os.replace(temporary, path)
    copies.flush_file(path.parent)


def _finished_before(say: Say) -> bool:
    """Clear what a restore that was cut off has left; tell whether it had reached its end."""
    if not workshop().exists():
        return False
    if _has_its_name():
        # All that was missing is this; a note that is gone was cleared after the mark was made.
        try:
            _end(json.loads((workshop() / STATE).read_text())["copy"])
        except (OSError, ValueError, KeyError):
            shutil.rmtree(workshop())
        return True
    say("An earlier restore was cut off; what it left is cleared first")
    _undo()
    return False


def _has_its_name() -> bool:
    """Tell whether the restored database is the site's already: asked of itself, not of a note."""
    return not targets.is_empty() and not targets.work_is_left()


def _undo() -> None:
    """Make the place as empty as it was: only what this restore made is taken away."""
    shop = workshop()
    try:
        placing = json.loads((shop / STATE).read_text())["placing"]
    except (OSError, ValueError, KeyError):
        placing = False
    if placing:
        for root in making.roots().values():
            for above, _folders, names in os.walk(root):
                for name in names:
                    Path(above, name).unlink(missing_ok=True)
    targets.clear_work()
    shutil.rmtree(shop, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one restore at a time work here, beside no `serve`; a killed one holds nothing.

    Whoever serves a database that was moved away goes on writing into it, wherever it lies now.
    """
    with (Path(settings.VAR) / ".restore.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CopyRefused("Another restore is at work here.") from error
        try:
            with hold_the_place(), targets.held():
                yield
        except PlaceTaken as error:
            raise CopyRefused(str(error)) from error
