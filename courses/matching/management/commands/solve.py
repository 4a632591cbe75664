"""`manage.py solve FILE`: place the students of one market."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.matching.solver.deferred_acceptance import placement_of
from courses.matching.solver.market import IllegalMarket, Market
from courses.matching.solver.verify import verify


class Command(BaseCommand):
    """Reads a market as JSON, prints `{"student": "vacancy" | null, …}`."""

    help = "Solve one matching market given as a JSON file and print the placement as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file's name."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Solve, verify, print; refuse a bad market whole, with every fault."""
        try:
            text = file.read_text(encoding="utf-8")
            market = Market.from_json(json.loads(text, object_pairs_hook=_each_once))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except RecursionError as error:
            raise CommandError(f"{file}: it is nested too deeply to be a market") from error
        except ValueError as error:
            faults = error.faults if isinstance(error, IllegalMarket) else [str(error)]
            raise CommandError("\n".join(f"{file}: {fault}" for fault in faults)) from error
        placement = placement_of(market)
        violations = verify(market, placement)
        if violations:
            raise CommandError("\n".join(violation.sentence for violation in violations))
        self.stdout.write(json.dumps(placement, ensure_ascii=False, sort_keys=True))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{twice}” stands twice in one object")
    return found
