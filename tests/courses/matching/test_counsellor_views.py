"""A counsellor's list of students without a place."""

import csv
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.kit.refusal import NotAllowed
from courses.matching.actions.answers import decline_place
from courses.matching.actions.objections import note_talk
from courses.matching.actions.rounds import open_round
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Counselling, MatchOutcome, MatchRound
from courses.matching.next_steps import next_steps
from courses.matching.states import Answer
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn, person
from tests.counting import queries
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    SEED,
    drafted,
    opened,
    published,
    student_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(bodies: Bodies) -> User:
    """The girls' school's counsellor."""
    found = person("counsellor")
    grant_role(found, bodies.school, Role.COUNSELLOR, by=None, at=NOW)
    return found


@pytest.fixture
def match_round(people: People, bodies: Bodies, make_vacancy: MakeVacancy) -> MatchRound:
    """A published round with one seat for Aylin, Sara and a boy of the other school."""
    vacancy = make_vacancy(seats=1)
    found = opened(people)
    for student in (people.aylin, people.sara, student_of(bodies.other_school, "boy")):
        add_wish(found, vacancy, by=student, at=NOW)
    return published(found, people)


def _list(match_round: MatchRound, bodies: Bodies) -> str:
    return reverse("matching:unplaced_list", args=[match_round.code, bodies.school.public_id])


def test_the_list_has_the_schools_own_students_without_a_place(
    match_round: MatchRound, bodies: Bodies, people: People, counsellor: User, signed_in: SignIn
) -> None:
    page = signed_in(counsellor).get(_list(match_round, bodies))
    names = {outcome.list.student.username for outcome, _codes, _kept_out in page.context["rows"]}
    unplaced = set(
        MatchOutcome.objects.filter(vacancy=None).values_list("list__student__username", flat=True)
    )
    assert names == unplaced - {"boy"}
    assert names
    for _outcome, codes, kept_out in page.context["rows"]:
        assert (codes, kept_out) == (["lottery"], None)
    assert signed_in(people.registrar).get(_list(match_round, bodies)).status_code == 200


def test_the_list_is_the_schools_own_business(
    match_round: MatchRound, bodies: Bodies, people: People, signed_in: SignIn
) -> None:
    outcome = MatchOutcome.objects.filter(
        vacancy=None, list__student__in=[people.aylin, people.sara]
    ).first()
    assert outcome
    paths = [
        _list(match_round, bodies),
        reverse("matching:unplaced_export", args=["r-1", bodies.school.public_id, "csv"]),
        reverse("matching:talk_note", args=["r-1", outcome.public_id]),
    ]
    for who in (None, people.stranger, people.aylin, people.teacher, people.onlooker,
                people.owner, people.officer):  # fmt: skip
        assert [signed_in(who).get(path).status_code for path in paths] == [404] * 3


def test_a_talk_is_written_down_and_can_be_changed(
    match_round: MatchRound, bodies: Bodies, counsellor: User, signed_in: SignIn
) -> None:
    client = signed_in(counsellor)
    outcome = client.get(_list(match_round, bodies)).context["rows"][0][0]
    path = reverse("matching:talk_note", args=["r-1", outcome.public_id])
    assert client.get(path).status_code == 200
    assert client.post(path, {"note": " "}).status_code == 422
    for note in ("به دور تکمیلی می‌آید", "نخست در هنرستان"):
        assert client.post(path, {"note": note}).status_code == 302
    talk = Counselling.objects.get()
    assert (talk.note, talk.spoken_by) == ("نخست در هنرستان", counsellor)
    steps = next_steps(counsellor, READY)
    left = len(client.get(_list(match_round, bodies)).context["rows"]) - 1
    assert len(steps) == bool(left)


def test_the_list_leaves_as_a_table(
    match_round: MatchRound, bodies: Bodies, counsellor: User, signed_in: SignIn
) -> None:
    for form, status in (("csv", 200), ("xlsx", 200), ("exe", 404)):
        path = reverse("matching:unplaced_export", args=["r-1", bodies.school.public_id, form])
        assert signed_in(counsellor).get(path).status_code == status


def test_the_list_takes_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, counsellor: User, signed_in: SignIn
) -> None:
    vacancy: Vacancy = make_vacancy(seats=1)
    counts = []
    for code, students in (("r-1", 2), ("r-2", 31)):
        found = opened(people, code)
        for number in range(students):
            add_wish(found, vacancy, by=student_of(bodies.school, f"{code}-{number}"), at=NOW)
        published(found, people)
        counts.append(queries(signed_in(counsellor), _list(found, bodies)))
    assert counts[0] == counts[1]


def test_the_list_says_what_is_open_to_each(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, counsellor: User, signed_in: SignIn
) -> None:
    """Nobody had a seat for Tara; Aylin declined; Sara's workshop took its vacancy back."""
    ours, theirs, full = make_vacancy(), make_vacancy(), make_vacancy(seats=1)
    match_round = opened(people)
    tara, lucky = (student_of(bodies.school, name) for name in ("tara", "lucky"))
    for student, vacancy in ((people.aylin, ours), (people.sara, theirs), (tara, full)):
        add_wish(match_round, vacancy, by=student, at=NOW)
    wish = add_wish(match_round, full, by=lucky, at=NOW)
    rank_applicants(full, match_round, {wish: Verdict(tier=1)}, by=people.owner, at=RANKING)
    published(match_round, people)
    declined = MatchOutcome.objects.get(list__student=people.aylin)
    decline_place(declined, by=people.aylin, at=READY)
    take_back_vacancy(theirs, by=people.owner, reason="-", at=READY)
    page = signed_in(counsellor).get("/en" + _list(match_round, bodies))
    said = {outcome.list.student.username: kept_out
            for outcome, _codes, kept_out in page.context["rows"]}  # fmt: skip
    assert said == {"tara": None, "aylin": Answer.DECLINED, "sara": None}
    text = page.content.decode()
    assert text.count("may enter the supplementary round</td>") == 2
    assert text.count("gave a place up: the next main round</td>") == 1
    assert text.count("taken back by the workshop") == 1
    # Somebody speaks with whose place was taken back, too; with who has one there is no need.
    lost, has = (MatchOutcome.objects.get(list__student=who) for who in (people.sara, lucky))
    note_talk(lost, note="گفت‌وگو شد", by=counsellor, at=READY)
    with pytest.raises(NotAllowed):
        note_talk(has, note="-", by=counsellor, at=READY)


def test_the_list_names_the_supplementary_round_that_takes_wishes(
    match_round: MatchRound, people: People, bodies: Bodies, make_vacancy: MakeVacancy,
    counsellor: User, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    make_vacancy()
    closes = ANSWERED + timedelta(days=5)
    supplement = drafted(
        people, "r-1s", supplements=match_round, wishes_close_at=closes,
        ranking_closes_at=closes + timedelta(days=1),
    )  # fmt: skip
    clock(ANSWERED)
    client, path = signed_in(counsellor), _list(match_round, bodies)
    assert client.get(path).context["next"] is None
    open_round(supplement, by=people.officer, at=ANSWERED, seed=SEED)
    assert client.get(path).context["next"] == supplement
    clock(closes)
    assert signed_in(counsellor).get(path).context["next"] is None


def test_the_pages_take_their_methods_only(
    match_round: MatchRound, bodies: Bodies, counsellor: User, signed_in: SignIn
) -> None:
    client = signed_in(counsellor)
    outcome = client.get(_list(match_round, bodies)).context["rows"][0][0]
    export = reverse("matching:unplaced_export", args=["r-1", bodies.school.public_id, "csv"])
    talk = reverse("matching:talk_note", args=["r-1", outcome.public_id])
    assert [client.post(path).status_code for path in (_list(match_round, bodies), export)] == (
        [405] * 2
    )
    assert client.put(talk).status_code == 405


def test_the_export_says_the_same_as_the_page(
    match_round: MatchRound, bodies: Bodies, counsellor: User, signed_in: SignIn
) -> None:
    client = signed_in(counsellor)
    rows = client.get(_list(match_round, bodies)).context["rows"]
    path = reverse("matching:unplaced_export", args=["r-1", bodies.school.public_id, "csv"])
    answer = client.get("/en" + path)
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert lines[0] == [
        "Name", "Code", "Wishes", "Why", "What is open", "Spoken on", "What was agreed",
    ]  # fmt: skip
    assert lines[1:] == [
        [str(outcome.list.student), outcome.list.pseudonym, "1", "1 × the lottery decided",
         "may enter the supplementary round", "", ""]
        for outcome, _codes, _kept_out in rows
    ]  # fmt: skip
