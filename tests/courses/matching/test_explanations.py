"""What would have had to be different: what is said is true, kept, and the student's own business.

Every sentence is read back as a reader would, the frozen round changed as it says, and solved by
the readable oracle, which shares no code with what made the sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

import pytest
from django.utils import translation

from courses.kit.refusal import NotAllowed
from courses.matching import queries
from courses.matching.actions.explanations import explain_wish
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import set_wishes
from courses.matching.market import UNRANKED
from courses.matching.models import Explanation, MatchOutcome, MatchRound
from courses.matching.models.wishes import ALL_POINTS
from courses.matching.reasons import FEW_SEATS, ExplainedWish, could_have_been, explained
from courses.matching.refusals import NothingToExplain
from courses.matching.solver import oracle
from courses.matching.solver.snapshot import Snapshot
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import ReserveKind, Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People
from tests.courses.matching.small_rounds import RANKING, READY, opened, published, student_of

pytestmark = pytest.mark.django_db

# What the beginning of a sentence says, and in which words.
SAID = {
    "seats": r"If the workshop had had (one|\d+) seats? more,",
    "ticket": r"If your number in the lottery had been (\d+) or lower,",
    "points": r"If you had had (\d+) points or more,",
    "suitable, points": r"If the workshop had found you suitable and you had had (\d+) points or"
                        r" more,",
    "suitable": r"If the workshop had found you suitable,()",
    "suitable, group": r"If the workshop had found you suitable and put you in group (\d+) or a"
                       r" better one,",
    "group": r"If the workshop had put you in group (\d+) or a better one,",
}  # fmt: skip
# A round in which every kind of sentence is said, and more than once.
SEED_OF_ALL_KINDS = 19
GIVEN = "you would have been given this place."
BETTER = r"you would have been given your wish number (\d+), which you want more still\."


@dataclass
class Round:
    """A published round as the oracle reads it."""

    snapshot: Snapshot
    lottery: tuple[str, ...]

    @classmethod
    def of(cls, match_round: MatchRound) -> "Round":
        """Read what was frozen and draw the lottery."""
        snapshot = Snapshot.from_bytes(bytes(match_round.frozen.content))
        tickets = snapshot.tickets(bytes(match_round.seed or b""), match_round.public_value)
        order = sorted(zip(tickets.tolist(), snapshot.students, strict=True))
        return cls(snapshot, tuple(name for _ticket, name in order))

    def gives(self, student: str) -> str | None:
        """Return the code of the vacancy the round gives a student."""
        return oracle.solve(self.snapshot.market(self.lottery))[student]

    def with_tier(self, student: str, vacancy: str, tier: int) -> "Round":
        """Return the round with a student in another tier (from 0)."""
        number = self.snapshot.students.index(student)
        first, end = self.snapshot.starts[number : number + 2].tolist()
        codes = [self.snapshot.vacancies[v].code for v in self.snapshot.vacancy[first:end]]
        tiers = self.snapshot.tier.copy()
        tiers[first + codes.index(vacancy)] = tier
        return replace(self, snapshot=replace(self.snapshot, tier=tiers))

    def with_number(self, student: str, number: int) -> "Round":
        """Return the round with a student at another place (from 1) of the lottery."""
        others = [one for one in self.lottery if one != student]
        others.insert(number - 1, student)
        return replace(self, lottery=tuple(others))

    def with_seats(self, vacancy: str, more: int) -> "Round":
        """Return the round with more open seats at a vacancy."""
        rows = tuple(
            replace(row, seats=row.seats + more * (row.code == vacancy))
            for row in self.snapshot.vacancies
        )
        return replace(self, snapshot=replace(self.snapshot, vacancies=rows))


def _read(sentence: str) -> tuple[str, int, str]:
    """Return what a sentence names, its number and what it promises."""
    for kind, words in SAID.items():
        found = re.match(words + " ", sentence)
        if found:
            number = {"one": 1, "": 0}.get(found[1]) if not found[1].isdigit() else int(found[1])
            assert number is not None
            return kind, number, sentence[found.end() :]
    raise AssertionError(sentence)


def _changed(
    base: Round, outcome: MatchOutcome, wish: ExplainedWish, kind: str, number: int
) -> Iterator[Round]:
    """Yield the round as a sentence changes it: by exactly the number, and by the best there is."""
    student, code = outcome.list.pseudonym, wish.vacancy.code
    if kind == "seats":
        yield base.with_seats(code, number)
        yield base.with_seats(code, number + 3)
    elif kind == "ticket":
        assert number <= outcome.ticket
        yield base.with_number(student, number)
        yield base.with_number(student, 1)
    elif kind == "suitable":
        # The points are those the rule gave; without a rule even the last group is enough.
        tier = ALL_POINTS - wish.score.points if wish.score else UNRANKED
        yield base.with_tier(student, code, tier)
    else:
        worst = ALL_POINTS - number if "points" in kind else number - 1
        assert 0 <= worst <= (ALL_POINTS if "points" in kind else UNRANKED - 1)
        yield base.with_tier(student, code, worst)
        yield base.with_tier(student, code, 0)


def _check(outcome: MatchOutcome, base: Round) -> list[str]:
    """Try every sentence of every lost wish; return what kinds there were."""
    kinds = []
    lines = explained(outcome)
    assert base.gives(outcome.list.pseudonym) == (outcome.vacancy and outcome.vacancy.code)
    for wish in lines:
        if not wish.lost:
            with pytest.raises(NothingToExplain):
                explain_wish(outcome, wish.rank, by=outcome.list.student, at=READY)
            continue
        explanation = explain_wish(outcome, wish.rank, by=outcome.list.student, at=READY)
        for sentence in could_have_been(explanation, lines):
            kind, number, promise = _read(sentence)
            better = re.fullmatch(BETTER, promise)
            assert better or promise == GIVEN, sentence
            given = lines[int(better[1]) - 1] if better else wish
            for changed in _changed(base, outcome, wish, kind, number):
                got = changed.gives(outcome.list.pseudonym)
                # More than is said may lead to something better still, never to something worse.
                ranks = {line.vacancy.code: line.rank for line in lines}
                assert got is not None, sentence
                assert ranks[got] <= given.rank, sentence
            first = next(_changed(base, outcome, wish, kind, number))
            if not ("points" in kind and wish.seats < FEW_SEATS):
                assert first.gives(outcome.list.pseudonym) == given.vacancy.code, sentence
            if "points" in kind and wish.seats < FEW_SEATS:
                assert number % 10 == 0, "the exact points of the last of few would name them"
            kinds.append(kind)
    return kinds


def _lives(student: User, kilometres: float) -> None:
    lat = Decimal(38) + Decimal(round(kilometres / 111.2, 2))
    PersonalRecord.objects.filter(user=student).update(home_lat=lat, home_lon=Decimal(46))


def _crowded(
    chance: Random, people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> MatchRound:
    """Publish a round of sixteen students and six vacancies with all there is: groups, rules,
    reserves soft and hard, unsuitable ones, ties.
    """
    Organisation.objects.filter(pk=bodies.firm.pk).update(lat=Decimal(38), lon=Decimal(46))
    plain, soft, hard, few, many, both = (
        make_vacancy(code=code, seats=seats)
        for code, seats in zip(
            ("plain", "soft", "hard", "few", "many", "both"), (1, 2, 2, 1, 5, 2), strict=True
        )
    )
    reserve_seats(soft, bodies.school, 1, by=None, at=NOW)
    reserve_seats(hard, bodies.school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    reserve_seats(both, bodies.other_school, 1, by=None, at=NOW)
    match_round = opened(people)
    for vacancy in (few, many):
        publish_scoring_rule(
            vacancy, match_round, lessons=0, quizzes=0, nearness=100, by=people.owner, at=NOW
        )
    everything: list[Vacancy] = [plain, soft, hard, few, many, both]
    for number in range(16):
        school = bodies.school if number % 2 else bodies.other_school
        student = student_of(school, f"student{number}")
        _lives(student, chance.uniform(0, 24))
        wishes = chance.sample(everything, chance.randint(2, 6))
        made = set_wishes(match_round, wishes, by=student, at=NOW)
        # The code comes of random ids, and the lottery of the code: a fixed one makes the round
        # the same in every run.
        made.pseudonym = f"T-{number:010}"
        made.save()
    for vacancy in everything:
        ruled = vacancy in (few, many)
        verdicts = {}
        for wish in queries.applicants(vacancy, match_round):
            if chance.random() < 0.3:
                verdicts[wish] = Verdict(unsuitable="hours", sentence="ساعت‌ها نمی‌خواند")
            elif not ruled and chance.random() < 0.7:
                verdicts[wish] = Verdict(tier=chance.randint(1, 2))
        if verdicts:
            rank_applicants(vacancy, match_round, verdicts, by=people.owner, at=RANKING)
    return published(match_round, people)


def test_every_sentence_is_true_in_the_round_it_describes(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    chance = Random(SEED_OF_ALL_KINDS)
    match_round = _crowded(chance, people, bodies, make_vacancy)
    base = Round.of(match_round)
    kinds: list[str] = []
    with translation.override("en"):
        for outcome in MatchOutcome.objects.select_related("list__student", "run__round"):
            kinds += _check(outcome, base)
    assert set(kinds) == set(SAID), sorted(set(SAID) - set(kinds))
    assert len(kinds) > 40


@pytest.fixture
def lost(people: People, make_vacancy: MakeVacancy) -> MatchOutcome:
    """Aylin's result: the one seat went to Sara, who was in a better group."""
    vacancy = make_vacancy(seats=1)
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        set_wishes(match_round, [vacancy], by=student, at=NOW)
    rank_applicants(
        vacancy, match_round,
        {wish: Verdict(tier=1 if wish.list.student == people.sara else 3)
         for wish in queries.applicants(vacancy, match_round)},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    published(match_round, people)
    return MatchOutcome.objects.select_related("list__student", "run__round").get(vacancy=None)


def test_what_was_found_is_kept(lost: MatchOutcome, people: People) -> None:
    found = explain_wish(lost, 1, by=people.aylin, at=READY)
    assert (found.rank, found.made_at) == (1, READY)
    # Read, not solved again: also when what is kept says something else.
    Explanation.objects.update(needed=[])
    assert explain_wish(lost, 1, by=people.aylin).needed == []
    assert Explanation.objects.count() == 1


@pytest.mark.parametrize("rank", [0, 2, -1])
def test_a_wish_that_is_not_there_has_nothing_to_explain(
    lost: MatchOutcome, people: People, rank: int
) -> None:
    with pytest.raises(NothingToExplain):
        explain_wish(lost, rank, by=people.aylin, at=READY)
    assert not Explanation.objects.exists()


def test_it_is_the_students_own_business(lost: MatchOutcome, people: People) -> None:
    explain_wish(lost, 1, by=people.aylin, at=READY)
    for who in (people.sara, people.stranger, people.owner, people.officer, people.registrar):
        with pytest.raises(NotAllowed):
            explain_wish(lost, 1, by=who, at=READY)


def test_what_the_law_forbids_has_nothing_to_explain(
    people: People, make_vacancy: MakeVacancy
) -> None:
    press = make_vacancy(skill="press", minimum_age=18)
    match_round = opened(people)
    set_wishes(match_round, [press], by=people.aylin, at=NOW)
    published(match_round, people)
    outcome = MatchOutcome.objects.select_related("list__student", "run__round").get()
    with pytest.raises(NothingToExplain):
        explain_wish(outcome, 1, by=people.aylin, at=READY)


def test_an_unsuitable_student_with_a_free_seat_only_lacks_the_firms_word(
    people: People, vacancy: Vacancy, bodies: Bodies
) -> None:
    """Nobody else was ranked: there is no group to have been put into."""
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        set_wishes(match_round, [vacancy], by=student, at=NOW)
    rank_applicants(
        vacancy, match_round,
        {wish: Verdict(unsuitable="hours", sentence="ساعت‌ها نمی‌خواند")
         for wish in queries.applicants(vacancy, match_round)
         if wish.list.student == people.aylin},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    published(match_round, people)
    outcome = MatchOutcome.objects.select_related("list__student", "run__round").get(vacancy=None)
    with translation.override("en"):
        assert could_have_been(
            explain_wish(outcome, 1, by=people.aylin, at=READY), explained(outcome)
        ) == [f"If the workshop had found you suitable, {GIVEN}"]
