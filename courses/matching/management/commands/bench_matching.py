"""`manage.py bench_matching`: how long one invented round takes, beside its peers."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.matching.measuring import measure
from courses.matching.solver.invented import SHAPES


class Command(BaseCommand):
    """Measures generate, load, solve, verify, explain and write in one process."""

    help = "Measure the matching engine on an invented round, beside the oracle and `matching`."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size and the shape of the round."""
        parser.add_argument("--students", type=int, default=10_000)
        parser.add_argument("--vacancies", type=int, help="without it, 12 for 100 students")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--shape", choices=SHAPES, default="standard")
        parser.add_argument("--reserves", action="store_true", help="two groups, soft and hard")
        parser.add_argument("--repeat", type=int, default=5)
        parser.add_argument("--no-peers", action="store_true", help="measure the solver alone")
        parser.add_argument("--json", action="store_true", help="print one JSON object only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        students, repeat = options["students"], options["repeat"]
        vacancies = options["vacancies"] or max(1, students * 12 // 100)
        if min(students, vacancies, repeat) < 1:
            raise CommandError("students, vacancies and repetitions are 1 or more")
        found = measure(
            students=students,
            vacancies=vacancies,
            seed=options["seed"],
            shape=options["shape"],
            reserves=options["reserves"],
            repeat=repeat,
            peers=not options["no_peers"],
            say=lambda what: self.stderr.write(what) if not options["json"] else None,
        )
        if options["json"]:
            self.stdout.write(json.dumps(found, sort_keys=True))
            return
        for what, seconds in found["seconds"].items():
            self.stdout.write(f"{what:10} {seconds * 1000:12,.1f} ms")
        self.stdout.write(
            f"{found['placed']:,} of {students:,} placed, {found['violations']} violations; "
            f"{found['bytes_per_preference']:.1f} bytes a preference beyond the input, "
            f"peak of the process {found['peak_bytes'] / 1e6:,.0f} MB, {found['runs']} runs"
        )
        for name, peer in found["peers"].items():
            self.stdout.write(
                f"{name}: {peer['ratio']:,.0f} times as long at {peer['students']:,} students, "
                f"the same result: {'yes' if peer['equal'] else 'NO'}"
            )
