"""The frozen market of a round: from rows to the canonical snapshot.

The snapshot is a value: students by pseudonym with their wishes, vacancies with seats and
reserves, tiers, groups, the pairs a rule forbids with its reasons. It holds no lottery: tickets
are drawn from the committed seed and the public value, after the snapshot's hash is known.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce

from courses.enrolment.queries import schools_of
from courses.kit.columns import read_integers
from courses.matching import queries
from courses.matching.models import Application, MatchRound
from courses.matching.models.wishes import ALL_POINTS
from courses.matching.rules import StatuteBook, reasons_at_age
from courses.matching.solver.market import Reserve
from courses.matching.solver.packed import INELIGIBLE, NOT_RANKED, Ints, Ints32
from courses.matching.solver.snapshot import NO_REFUSAL, Place, Snapshot
from courses.matching.solver.uncollected import uncollected
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.vacancies.models import Vacancy
from courses.vacancies.rules import facts_judged

# How tiers are written: a firm's groups from 0, whom it did not rank after all of them.
UNRANKED = 9
RULES = "javar-rules/1"
NO_RECORD = ("record:missing",)
HAS_A_PLACE = ("place:accepted",)


@dataclass(frozen=True)
class Frozen:
    """A snapshot, and how many lists could not have been longer."""

    snapshot: Snapshot
    full_lists: int


@uncollected()
def snapshot_of(match_round: MatchRound) -> Frozen:
    """Return the round's market and the rules' refusals, from a constant number of queries.

    A vacancy its firm took back before the freeze is dropped from every list; a student who is
    left without a wish stays in the market and is told so.
    """
    # Ordered here: a database orders names as its language does, the snapshot by their signs.
    vacancies = sorted(
        queries.vacancies_in(match_round).prefetch_related("reserves__school"),
        key=lambda row: row.code,
    )
    left = queries.seats_left(match_round, vacancies)
    used = queries.reserved_seats_used(match_round)
    people = sorted(
        queries.lists_with_wishes(match_round).values_list("pseudonym", "pk", "student_id")
    )
    owner, rank, vacancy, tier = _wishes(match_round, people, vacancies)
    count = np.bincount(owner, minlength=len(people))
    full = int((count >= match_round.longest_list).sum())
    kept = vacancy >= 0
    owner, rank, vacancy, tier = (column[kept] for column in (owner, rank, vacancy, tier))
    order = np.lexsort((rank, owner))
    owner, vacancy, tier = owner[order], vacancy[order], tier[order]
    refusals, refusal = _refusals(match_round, people, owner, vacancy, vacancies)
    groups, group, belongs = _groups(match_round, people, vacancies)
    return Frozen(
        Snapshot(
            round=match_round.code,
            rules=RULES,
            students=tuple(pseudonym for pseudonym, _list, _student in people),
            vacancies=tuple(
                Place(row.code, left[row.pk], _reserves(row, left[row.pk], used.get(row.pk, {})))
                for row in vacancies
            ),
            groups=groups,
            refusals=refusals,
            vacancy=vacancy.astype(np.int32),
            tier=np.where(refusal == NO_REFUSAL, tier, INELIGIBLE).astype(np.int32),
            refusal=refusal.astype(np.int32),
            group=group,
            lengths=np.bincount(owner, minlength=len(people)).astype(np.int32),
            belongs=belongs,
        ),
        full,
    )


People = list[tuple[str, int, int]]


def _wishes(
    match_round: MatchRound, people: People, vacancies: list[Vacancy]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return of every wish its student's number, rank, vacancy's number (−1: dropped), tier."""
    listed, rank, asked, given, points, no = read_integers(wish_rows(match_round))
    # With a scoring rule the tier is what is missing to all points; without, the firm's group.
    tier = np.where(
        no == 1,
        NOT_RANKED,
        np.where(points >= 0, ALL_POINTS - points, np.where(given >= 1, given - 1, UNRANKED)),
    )
    return (
        numbers_of(listed, [key for _name, key, _student in people]),
        rank,
        numbers_of(asked, [row.pk for row in vacancies]),
        tier,
    )


def wish_rows(match_round: MatchRound) -> QuerySet[Application, tuple[int, ...]]:
    """Return the columns of the round's wishes: list, rank, vacancy, tier, points, not suitable.

    Tier and points are −1 where there are none.
    """
    return Application.objects.filter(list__round=match_round).order_by().values_list(
        "list_id",
        "rank",
        "vacancy_id",
        Coalesce("standing__tier", Value(-1), output_field=IntegerField()),
        Coalesce("score__points", Value(-1), output_field=IntegerField()),
        Case(
            When(standing__tier__isnull=True, standing__isnull=False, then=1),
            default=0, output_field=IntegerField(),
        ),
    )  # fmt: skip


def numbers_of(keys: Ints, known: list[int]) -> Ints:
    """Return for each key its place in a list of known ones, −1 where it is not there."""
    if not known:
        return np.full(len(keys), -1, np.int64)
    known_keys = np.array(known, np.int64)
    order = np.argsort(known_keys)
    ordered = known_keys[order]
    at = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.where(ordered[at] == keys, order[at], -1)


def _reserves(vacancy: Vacancy, seats: int, used: dict[str, int]) -> tuple[Reserve, ...]:
    """Return what is left of a vacancy's reserves: earlier rounds may have used seats of each."""
    found = []
    for reserve in vacancy.reserves.all():
        kept = min(max(0, reserve.seats - used.get(reserve.school.code, 0)), seats)
        seats -= kept
        if kept:
            found.append(Reserve(reserve.school.code, kept, reserve.kind))
    return tuple(found)


def _refusals(
    match_round: MatchRound, people: People, owner: Ints, vacancy: Ints, vacancies: list[Vacancy]
) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """Return the distinct refusals, and for every wish the number of its own, −1 for none.

    The law asks the age on the first day alone, so each pair of an age and what is judged of a
    vacancy is judged once, however many students and vacancies are behind it.
    """
    births = _births(match_round)
    born = np.array(
        [births.get(student, date.max).toordinal() for _n, _l, student in people], np.int64
    )
    age = np.full(len(owner), -1, np.int64)
    firsts = np.array([row.starts_on.toordinal() for row in vacancies], np.int64)
    has_record = born[owner] < date.max.toordinal()
    years = full_years(born[owner[has_record]], firsts[vacancy[has_record]])
    age[has_record] = np.clip(years, 0, 998)
    book = StatuteBook()
    codes: dict[tuple[str, ...], int] = {}
    sorts: dict[Hashable, int] = {}
    sort = np.array(
        [sorts.setdefault(facts_judged(row), len(sorts)) for row in vacancies], np.int64
    )
    example = dict(zip(sort.tolist(), vacancies, strict=True))
    # A sort of vacancy and an age (plus one) make one number.
    pairs, which = np.unique(sort[vacancy] * 1_000 + age + 1, return_inverse=True)
    judged = np.full(len(pairs), NO_REFUSAL, np.int64)
    for place, pair in enumerate(pairs.tolist()):
        number, years_and_one = divmod(pair, 1_000)
        found: tuple[str, ...] = NO_RECORD
        if years_and_one:
            reasons = reasons_at_age(years_and_one - 1, example[number], book)
            found = tuple(f"{reason.rule}:{reason.code}" for reason in reasons)
        if found:
            judged[place] = codes.setdefault(found, len(codes))
    refusal = judged[which]
    if match_round.supplements_id:
        settled = queries.settled_students(match_round)
        placed = np.array([student in settled for _n, _l, student in people], np.bool_)
        if placed[owner].any():
            refusal[placed[owner]] = codes.setdefault(HAS_A_PLACE, len(codes))
    return tuple(codes), refusal


def _births(match_round: MatchRound) -> dict[int, date]:
    return dict(
        PersonalRecord.objects.filter(user__preference_lists__round=match_round).values_list(
            "user_id", "birth_date"
        )
    )


def full_years(born: Ints, on: Ints) -> Ints:
    """Return the ages in full years of many at once, days as ordinals (`date.toordinal`).

    The same as `kit.calendars.full_years`: who was born on 29 February turns on 1 March.
    """
    epoch = date(1970, 1, 1).toordinal()
    parts = []
    for days in (born, on):
        day = (days - epoch).astype("datetime64[D]")
        month = day.astype("datetime64[M]")
        year = day.astype("datetime64[Y]")
        of_year = (month - year).astype(np.int64) * 100 + (day - month).astype(np.int64)
        parts.append((year.astype(np.int64), of_year))
    (birth_year, birthday), (year, today) = parts
    return year - birth_year - (today < birthday)


def _groups(
    match_round: MatchRound, people: People, vacancies: list[Vacancy]
) -> tuple[tuple[str, ...], Ints32, Ints32]:
    """Return the schools with a reserve in the round, who learns there, how many each has.

    A student's school is nobody's business where no seat is kept for it.
    """
    reserving = {reserve.school_id for row in vacancies for reserve in row.reserves.all()}
    codes = dict(Organisation.objects.filter(pk__in=reserving).values_list("pk", "code"))
    groups = tuple(sorted(codes.values()))
    number = {key: groups.index(code) for key, code in codes.items()}
    learns = schools_of(User.objects.filter(preference_lists__round=match_round))
    member: list[int] = []
    belongs = np.zeros(len(people), np.int32)
    for place, (_pseudonym, _list, student) in enumerate(people):
        mine = sorted(number[key] for key in learns.get(student, ()) if key in number)
        member += mine
        belongs[place] = len(mine)
    return groups, np.array(member, np.int32), belongs


def placement_in(snapshot: Snapshot, result: bytes) -> Ints:
    """Return the edge granted to each student, −1 for none, from a result's canonical bytes."""
    _head, _line, granted = result.partition(b"\n")
    wish = np.frombuffer(granted, "<i4")
    return np.where(wish < 0, -1, snapshot.starts[:-1] + wish)
