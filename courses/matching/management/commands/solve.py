"""`manage.py solve FILE`: a market in, a placement out, or every fault of the file."""

import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext, gettext_noop

from courses.matching.solver.deferred_acceptance import placement_of
from courses.matching.solver.market import Fault, IllegalMarket, Market
from courses.matching.solver.verify import verify

# What can be wrong with a market, for the catalogue: the solver knows one language only.
SAID = (
    gettext_noop("%(key)s: an object of names is needed"),
    gettext_noop("groups: %(student)s needs a list of group names"),
    gettext_noop("groups: unknown student %(student)s"),
    gettext_noop("ineligible: a list of pairs is needed"),
    gettext_noop("ineligible: each element is a pair of student and vacancy"),
    gettext_noop("ineligible: unknown student %(student)s"),
    gettext_noop("ineligible: unknown vacancy %(vacancy)s"),
    gettext_noop("lottery: must name every student exactly once"),
    gettext_noop("student %(student)s: a list of vacancy names is needed"),
    gettext_noop("student %(student)s: unknown vacancy %(vacancy)s"),
    gettext_noop("student %(student)s: wishes %(vacancy)s %(times)s times"),
    gettext_noop("vacancy %(vacancy)s: a reserve is soft or hard, not %(kind)s"),
    gettext_noop("vacancy %(vacancy)s: a reserve needs the name of its group"),
    gettext_noop("vacancy %(vacancy)s: an object is needed"),
    gettext_noop("vacancy %(vacancy)s: capacity must be a whole number, 0 or more"),
    gettext_noop("vacancy %(vacancy)s: more seats are reserved than there are"),
    gettext_noop("vacancy %(vacancy)s: order holds names and lists of names only"),
    gettext_noop("vacancy %(vacancy)s: order must be a list"),
    gettext_noop("vacancy %(vacancy)s: order names %(student)s %(times)s times"),
    gettext_noop("vacancy %(vacancy)s: order names unknown student %(student)s"),
    gettext_noop("vacancy %(vacancy)s: reserved seats must be a whole number, 0 or more"),
    gettext_noop("vacancy %(vacancy)s: reserves must be a list of objects"),
    gettext_noop("“%(name)s” stands twice in one object"),
    gettext_noop("it is nested too deeply to be a market"),
    gettext_noop("it is no JSON: %(why)s"),
    gettext_noop("a number in it has too many digits"),
    gettext_noop("it is no UTF-8 text: %(why)s"),
    gettext_noop("it cannot be read: %(why)s"),
)


class Command(BaseCommand):
    """Reads a market as JSON, prints `{"student": "vacancy" | null, …}`."""

    help = "Solve one matching market given as a JSON file and print the placement as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file's name."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Solve, verify, print; refuse a bad market whole, with every fault in both languages."""
        try:
            market = read(file)
        except IllegalMarket as error:
            in_english = [str(fault) for fault in error.faults]
            in_ours = [
                gettext(fault.said) % fault.about if isinstance(fault, Fault) else fault
                for fault in error.faults
            ]
            lines = in_english if in_ours == in_english else in_ours + in_english
            raise CommandError("\n".join(f"{file}: {line}" for line in lines)) from error
        placement = placement_of(market)
        violations = verify(market, placement)
        if violations:
            raise CommandError("\n".join(violation.sentence for violation in violations))
        # Where the terminal cannot write every sign, JSON's own way of writing them is used.
        writes_all = (getattr(self.stdout, "encoding", None) or "utf-8").startswith("utf")
        self.stdout.write(json.dumps(placement, ensure_ascii=not writes_all, sort_keys=True))


def read(file: Path) -> Market:
    """Return the market of a file; raise IllegalMarket with all that is wrong with it."""
    twice: list[Fault] = []

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # JSON itself would silently keep the last of two.
        found = dict(pairs)
        if len(found) != len(pairs):
            twice.extend(
                Fault("“%(name)s” stands twice in one object", name=name)
                for name, times in Counter(name for name, _value in pairs).items()
                if times > 1
            )
        return found

    try:
        data = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=each_once)
        market = Market.from_json(data)
    except OSError as error:
        raise IllegalMarket([Fault("it cannot be read: %(why)s", why=error.strerror)]) from error
    except RecursionError as error:
        raise IllegalMarket([Fault("it is nested too deeply to be a market")]) from error
    except UnicodeDecodeError as error:
        raise IllegalMarket([Fault("it is no UTF-8 text: %(why)s", why=error)]) from error
    except IllegalMarket as error:
        raise IllegalMarket([*twice, *error.faults]) from error
    except json.JSONDecodeError as error:
        raise IllegalMarket([Fault("it is no JSON: %(why)s", why=error)]) from error
    except ValueError as error:
        raise IllegalMarket([Fault("a number in it has too many digits")]) from error
    if twice:
        raise IllegalMarket(twice)
    return market
