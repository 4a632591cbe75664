"""`manage.py backup`: one file with everything, verified; or the check of such a file."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from javar.upkeep.backups import archives, copies, making
from javar.upkeep.backups.archives import CopyRefused, Manifest
from javar.upkeep.backups.seals import Key, SealRefused, make_key


class Command(BaseCommand):
    """Copies database and files while the site is served; says what it did."""

    help = "Copy database and files into one verified file; --verify checks one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder, the key, what to keep, and the other things that can be asked."""
        parser.add_argument("--to", type=Path, help="the folder; JAVAR_BACKUP_DIR without it")
        parser.add_argument("--key", default="", help="the key file; JAVAR_BACKUP_KEY_FILE")
        parser.add_argument("--keep-daily", type=int, help="the newest of so many days stay")
        parser.add_argument("--keep-weekly", type=int, help="the newest of so many weeks stay")
        parser.add_argument(
            "--with-settings", action="store_true", help="put .env in too (sealed copies only)"
        )
        parser.add_argument("--verify", type=Path, metavar="FILE", help="check a copy, no more")
        parser.add_argument("--make-key", type=Path, metavar="FILE", help="write a new key file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make a key, check a copy, or make one."""
        try:
            if options["make_key"]:
                self._make_key(options["make_key"])
            elif options["verify"]:
                self._verify(options["verify"], making.given_key(options["key"]))
            else:
                self._back_up(options)
        except (CopyRefused, SealRefused) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _make_key(self, path: Path) -> None:
        make_key(path)
        self.stdout.write(
            f"{path} is the key. Keep a copy of it away from this machine and from the backups:\n"
            "without it no sealed copy can ever be opened. Name it in JAVAR_BACKUP_KEY_FILE."
        )

    def _verify(self, path: Path, key: Key | None) -> None:
        manifest = verify(path, key)
        self.stdout.write(
            f"{path.name} is whole: {len(manifest.parts):,} parts, {manifest.size:,} bytes, "
            f"{manifest.engine} {manifest.engine_version}, made {manifest.made_at}."
        )
        if manifest.missing:
            self.stdout.write(f"Not in it, though named by rows: {len(manifest.missing):,} files")

    def _back_up(self, options: dict[str, Any]) -> None:
        for name in ("daily", "weekly"):
            if options[f"keep_{name}"] is not None:
                setattr(settings, f"JAVAR_BACKUP_KEEP_{name.upper()}", options[f"keep_{name}"])
        to = options["to"] or making.folder()
        key = making.given_key(options["key"])
        made = making.make_backup(
            to, key, say=self.stdout.write, with_settings=options["with_settings"]
        )
        self.stdout.write(f"{made.path} ({made.size:,} bytes, {made.seconds:.1f} s)")
        for path in made.forgotten:
            self.stdout.write(f"Past its time and deleted: {path.name}")
        if not made.sealed:
            self.stdout.write(
                "It is not encrypted: whoever has the file has everything. "
                "See --make-key and JAVAR_BACKUP_KEY_FILE."
            )
        if to.resolve().is_relative_to(settings.VAR.resolve()):
            self.stdout.write(
                "It lies beside the data itself; name another disk in JAVAR_BACKUP_DIR."
            )


def verify(path: Path, key: Key | None) -> Manifest:
    """Check a copy to the last byte, and that its database opens."""
    with tempfile.TemporaryDirectory(prefix="javar-verify-") as folder:
        kept: list[Path] = []

        def keep(name: str) -> Path | None:
            if name not in archives.DATABASES.values():
                return None
            kept.append(Path(folder, name))
            return kept[-1]

        manifest = archives.read(path, key, keep)
        copies.check_database(kept[0], kept[0].name)
    return manifest
