"""The published rule, readable: cumulative offers with reserves first.

Every student asks for the wishes in order; every vacancy keeps the best it may keep, reserved
seats before open ones, until nobody moves. The result does not depend on who asks first.
Source: MATCHING model, §2; Gale and Shapley 1962; Hafalir, Yenmez and Yildirim 2013 for one
soft reserve; Kominers and Sönmez 2016 for several.
"""

from collections.abc import Iterable

from courses.matching.solver.market import Market


def choose(vacancy: str, applicants: Iterable[str], market: Market) -> frozenset[str]:
    """Return whom a vacancy keeps of some acceptable applicants.

    In the order of precedence each reserve takes the best of its group; unused soft seats are
    added to the open ones, unused hard seats stay empty; the best of the rest fill the open seats.
    """
    priority = market.priorities[vacancy]
    rest = sorted(applicants, key=priority.__getitem__)
    row = market.vacancies[vacancy]
    open_seats = row.open_seats
    kept: list[str] = []
    for reserve in row.reserves:
        members = [s for s in rest if reserve.group in market.groups.get(s, ())]
        taken = members[: reserve.seats]
        kept += taken
        rest = [s for s in rest if s not in taken]
        if reserve.kind == "soft":
            open_seats += reserve.seats - len(taken)
    return frozenset(kept + rest[:open_seats])


def admissible_wishes(market: Market) -> dict[str, list[str]]:
    """Return each student's wishes that the firm accepts and no rule forbids, in order."""
    return {
        student: [
            vacancy
            for vacancy in wishes
            if student in market.priorities[vacancy] and (student, vacancy) not in market.ineligible
        ]
        for student, wishes in market.students.items()
    }


def solve(market: Market) -> dict[str, str | None]:
    """Return the student-optimal stable placement: student → vacancy or None."""
    ahead = {student: iter(wishes) for student, wishes in admissible_wishes(market).items()}
    held: dict[str, frozenset[str]] = dict.fromkeys(market.vacancies, frozenset())
    free = sorted(market.students)
    while free:
        student = free.pop()
        vacancy = next(ahead[student], None)
        if vacancy is None:
            continue
        asking = held[vacancy] | {student}
        held[vacancy] = choose(vacancy, asking, market)
        free += sorted(asking - held[vacancy])
    placed = {student: vacancy for vacancy, students in held.items() for student in students}
    return {student: placed.get(student) for student in market.students}
