"""What each partnership's reserve did to its own school, found by solving without it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from courses.matching.models import MatchRun, ReserveEffect
from courses.matching.solver.chains import chain, without_reserve, worse_off
from courses.matching.solver.deferred_acceptance import Trace, solve, trace
from courses.matching.solver.packed import Ints, Packed
from courses.matching.solver.snapshot import Snapshot
from courses.organisations.models import Organisation

# Of so many it is worked out how it came; the others are named.
MOST_CHAINS = 200


def of_reserves(
    run: MatchRun, snapshot: Snapshot, packed: Packed, place: Ints
) -> list[ReserveEffect]:
    """Return the unsaved effect of every partnership's reserve on its school's students.

    Doğan 2016: a reserve may, in rare markets, make some of those worse off whom it favours.
    """
    firms = dict(run.round.vacancies.values_list("code", "firm_id"))
    schools = dict(Organisation.objects.filter(code__in=snapshot.groups).values_list("code", "pk"))
    pairs = sorted(
        {
            (reserve.group, firms[row.code])
            for row in snapshot.vacancies
            for reserve in row.reserves
            if row.code in firms
        }
    )
    found = []
    asked: Trace | None = None
    for group_code, firm in pairs:
        group = snapshot.groups.index(group_code)
        at = np.array([firms.get(row.code) == firm for row in snapshot.vacancies], np.bool_)
        seats = int(packed.reserve_seats[at][packed.reserve_group[at] == group].sum())
        without = solve(without_reserve(packed, group, at)).place
        members = (packed.groups == group).any(axis=0)
        worse = worse_off(packed, group, place, without).tolist()
        better = worse_off(packed, group, without, place)
        if worse and asked is None:
            asked = trace(packed)
        found.append(
            ReserveEffect(
                run=run,
                school_id=schools[group_code],
                firm_id=firm,
                seats=seats,
                placed_with=int((place[members] >= 0).sum()),
                placed_without=int((without[members] >= 0).sum()),
                better=len(better),
                worse=_named(snapshot, packed, asked, place, without, worse),
            )
        )
    return found


def _named(
    snapshot: Snapshot, packed: Packed, asked: Trace | None, place: Ints, without: Ints,
    worse: list[int],
) -> list[dict[str, object]]:  # fmt: skip
    """Return everybody who is worse off, by name; how it came of the first so many."""

    def code(edge: int) -> str | None:
        return None if edge < 0 else snapshot.vacancies[packed.vacancy[edge]].code

    def links(student: int) -> list[dict[str, object]]:
        if asked is None:
            return []
        return [
            {
                "student": snapshot.students[link.student],
                "lost": code(link.lost),
                # Nobody: the reserve alone, which keeps a seat empty.
                "by": None if link.by < 0 else snapshot.students[link.by],
                "to": code(link.to),
            }
            for link in chain(packed, asked, without, student)
        ]

    return [
        {
            "student": snapshot.students[student],
            "with": code(int(place[student])),
            "without": code(int(without[student])),
            "chain": links(student) if number < MOST_CHAINS else [],
        }
        for number, student in enumerate(worse)
    ]


def codes_in(effects: list[ReserveEffect]) -> set[str]:
    """Return the codes of all vacancies that the chains of some effects name."""
    return {
        code
        for effect in effects
        for row in effect.worse
        for code in (
            row["with"],
            row["without"],
            *(link[end] for link in row["chain"] for end in ("lost", "to")),
        )
        if code
    }


def told(row: Mapping[str, Any], titles: Mapping[str, str]) -> list[str]:
    """Return one line of an effect's `worse` in sentences: what was lost, then through whom.

    Students are their pseudonyms; vacancies have the titles given by code.
    """

    def named(code: str | None) -> str:
        return titles.get(code, code) if code else ""

    lines = [
        _("%(student)s has “%(with)s”; without the reserve it would be “%(without)s”.")
        % {"student": row["student"], "with": named(row["with"]), "without": named(row["without"])}
        if row["with"]
        else _("%(student)s has no place; without the reserve it would be “%(without)s”.")
        % {"student": row["student"], "without": named(row["without"])}
    ]
    for link in row["chain"]:
        values = {
            "student": link["student"], "by": link["by"], "lost": named(link["lost"]),
            "to": named(link["to"]),
        }  # fmt: skip
        if link["by"] is None:
            lines.append(
                _("%(student)s had to leave “%(lost)s” because its reserved seat stays empty.")
                % values
            )
        else:
            lines.append(_("%(student)s had to leave “%(lost)s” for %(by)s.") % values)
        lines.append(
            _("%(student)s then went to “%(to)s”.") % values
            if link["to"]
            else _("%(student)s was then left without a place.") % values
        )
    return lines
