"""What-ifs: the changes on arrays against the rule, and the planners' pages."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.scenarios import try_scenario
from courses.matching.actions.wishes import add_wish, set_wishes
from courses.matching.models import MatchRound, Scenario
from courses.matching.refusals import NotTheTime
from courses.matching.scenarios import (
    TOO_MANY_RESERVED,
    UNKNOWN_VACANCY,
    Change,
    Fault,
    changed,
    compared,
    like,
    places_after,
)
from courses.matching.solver import oracle
from courses.matching.solver.invented import invented
from courses.matching.solver.market import Reserve
from courses.matching.solver.snapshot import Place, Snapshot
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from tests.cast import Bodies, MakeVacancy, People, SignIn
from tests.counting import queries
from tests.courses.matching.small_rounds import NOW, READY, frozen, in_state, opened, student_of

SetClock = Callable[[datetime], None]
SEED, VALUE = bytes(range(32)), "7"


def seats(code: str, number: int) -> Change:
    return {"kind": "seats", "vacancy": code, "seats": number}


def reserve(code: str, school: str, number: int, *, hard: bool = False) -> Change:
    return {"kind": "reserve", "vacancy": code, "school": school, "seats": number, "hard": hard}


def one_more(code: str, number: int) -> Change:
    return {"kind": "vacancy", "vacancy": code, "seats": number}


# Vacancies after changes

A, B = Place("a", 3, (Reserve("s", 2, "soft"),)), Place("b", 1)


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ([], [A, B]),
        ([seats("a", 5)], [replace(A, seats=5), B]),
        ([seats("a", 2), seats("a", 9)], [replace(A, seats=9), B]),
        ([reserve("a", "s", 1)], [Place("a", 3, (Reserve("s", 1, "soft"),)), B]),
        ([reserve("a", "s", 2, hard=True)], [Place("a", 3, (Reserve("s", 2, "hard"),)), B]),
        ([reserve("a", "s", 0)], [Place("a", 3), B]),
        ([reserve("b", "s", 0)], [A, B]),
        (
            [reserve("a", "t", 1)],
            [Place("a", 3, (Reserve("s", 2, "soft"), Reserve("t", 1, "soft"))), B],
        ),
        ([one_more("a", 1)], [A, B, Place("new-1", 1, (Reserve("s", 1, "soft"),))]),
        (
            [one_more("b", 2), one_more("new-1", 0), reserve("new-1", "s", 1)],
            [A, B, Place("new-1", 2, (Reserve("s", 1, "soft"),)), Place("new-2", 0)],
        ),
        # First fewer seats than reserved, then fewer reserved: judged at the end.
        ([seats("a", 1), reserve("a", "s", 1)], [Place("a", 1, (Reserve("s", 1, "soft"),)), B]),
    ],
)
def test_changes_are_made_one_after_another(changes: list[Change], after: list[Place]) -> None:
    assert places_after([A, B], changes) == (after, [])


def test_impossible_changes_are_named_by_their_place() -> None:
    changes = [seats("z", 1), seats("a", 1), reserve("b", "s", 1), reserve("b", "t", 1),
               one_more("new-1", 3)]  # fmt: skip
    _after, faults = places_after([A, B], changes)
    assert faults == [
        Fault(0, UNKNOWN_VACANCY), Fault(1, TOO_MANY_RESERVED), Fault(3, TOO_MANY_RESERVED),
        Fault(4, UNKNOWN_VACANCY),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="unknown_vacancy"):
        changed(_snapshot(), changes, {})


def test_a_new_vacancy_has_the_reserves_its_seats_allow() -> None:
    both = Place("a", 9, (Reserve("s", 2, "soft"), Reserve("t", 3, "hard")))
    assert like(both, "new-1", 4) == Place(
        "new-1", 4, (Reserve("s", 2, "soft"), Reserve("t", 2, "hard"))
    )
    assert like(both, "new-1", 2) == Place("new-1", 2, (Reserve("s", 2, "soft"),))


# Wishes after changes


def _snapshot() -> Snapshot:
    """Three students: one wishes b then a, one a, one nothing; the first belongs to s."""
    return Snapshot(
        round="r", rules="-", students=("p", "q", "r"), vacancies=(A, B), groups=("s",),
        refusals=(), vacancy=np.array([1, 0, 0], np.int32), tier=np.array([4, 5, 6], np.int32),
        refusal=np.full(3, -1, np.int32), group=np.array([0], np.int32),
        lengths=np.array([2, 1, 0], np.int32), belongs=np.array([1, 0, 0], np.int32),
    )  # fmt: skip


def test_everybody_who_wished_the_one_it_is_like_wishes_the_new_one_right_after() -> None:
    copy = changed(_snapshot(), [one_more("a", 1), one_more("b", 1), one_more("new-1", 2)], {})
    now = copy.snapshot
    wishes = {
        student: [(now.vacancies[v].code, t) for v, t in zip(
            now.vacancy[first:end].tolist(), now.tier[first:end].tolist(), strict=True)]
        for student, first, end in zip(
            now.students, now.starts[:-1].tolist(), now.starts[1:].tolist(), strict=True)
    }  # fmt: skip
    assert wishes == {
        "p": [("b", 4), ("new-2", 4), ("a", 5), ("new-1", 5), ("new-3", 5)],
        "q": [("a", 6), ("new-1", 6), ("new-3", 6)],
        "r": [],
    }
    assert copy.kept.tolist() == [0, 2, 5]
    assert copy.rank.tolist() == [1, 1, 2, 2, 2, 1, 1, 1]


def test_a_school_without_a_reserve_brings_its_students_into_the_groups() -> None:
    members = {"t": frozenset({"p", "r"}), "u": frozenset({"q"})}
    copy = changed(
        _snapshot(), [reserve("b", "u", 1), reserve("a", "s", 1), reserve("a", "t", 1)], members
    )
    assert copy.snapshot.groups == ("s", "t", "u")
    assert (copy.snapshot.group.tolist(), copy.snapshot.belongs.tolist()) == (
        [0, 1, 2, 1], [2, 1, 1],
    )  # fmt: skip
    assert list(copy.snapshot.faults()) == []


def test_a_school_nobody_of_the_round_learns_at_may_have_a_reserve() -> None:
    copy = changed(_snapshot(), [reserve("b", "t", 1, hard=True)], {})
    assert (copy.snapshot.groups, copy.snapshot.group.tolist()) == (("s", "t"), [0])


def test_an_empty_round_has_an_empty_report() -> None:
    nobody = replace(
        _snapshot(), students=(), lengths=np.empty(0, np.int32), belongs=np.empty(0, np.int32),
        vacancy=np.empty(0, np.int32), tier=np.empty(0, np.int32),
        refusal=np.empty(0, np.int32), group=np.empty(0, np.int32),
    )  # fmt: skip
    report = compared(nobody, [one_more("a", 1)], {}, np.empty(0, np.int32))
    assert report["before"] == report["after"] == {
        "placed": 0, "unplaced": 0, "first": 0, "mean": None,
    }  # fmt: skip
    assert (report["better"], report["worse"], report["same"]) == (0, 0, 0)


# The comparison, against the readable rule


@st.composite
def _asked(draw: st.DrawFn) -> tuple[Snapshot, list[Change], int]:
    market = invented(
        draw(st.integers(1, 40)), draw(st.integers(1, 8)), draw(st.integers(0, 999)),
        shape="standard", reserves=True,
    )  # fmt: skip
    codes = [row.code for row in market.vacancies]
    one = st.one_of(
        st.builds(seats, st.sampled_from(codes), st.integers(3, 9)),
        st.builds(one_more, st.sampled_from(codes), st.integers(0, 4)),
    )
    return market, draw(st.lists(one, min_size=1, max_size=4)), draw(st.integers(0, 9))


@given(_asked())
def test_a_scenario_is_the_rule_on_the_changed_round(
    asked: tuple[Snapshot, list[Change], int],
) -> None:
    snapshot, changes, luck = asked
    _places, faults = places_after(snapshot.vacancies, changes)
    if faults:
        return
    tickets = snapshot.tickets(SEED, str(luck))
    report = compared(snapshot, changes, {}, tickets)
    lottery = tuple(snapshot.students[n] for n in np.argsort(tickets).tolist())
    before = oracle.solve(snapshot.market(lottery))
    copy = changed(snapshot, changes, {}).snapshot
    after_market = copy.market(lottery)
    after = oracle.solve(after_market)

    def taste(student: str, got: str | None) -> int:
        wishes = after_market.students[student]
        return wishes.index(got) if got else len(wishes)

    moved = [(taste(s, after[s]) > taste(s, before[s])) - (taste(s, after[s]) < taste(s, before[s]))
             for s in snapshot.students]  # fmt: skip
    assert (report["better"], report["worse"], report["same"]) == (
        moved.count(-1), moved.count(1), moved.count(0),
    )  # fmt: skip
    for side, placement in (("before", before), ("after", after)):
        placed = sum(got is not None for got in placement.values())
        assert (report[side]["placed"], report[side]["unplaced"]) == (
            placed, len(placement) - placed,
        )  # fmt: skip
    for row in report["vacancies"]:
        for side, placement in (("before", before), ("after", after)):
            if row[side]:
                used = list(placement.values()).count(row["code"])
                assert (row[side]["used"], sum(k[2] for k in row[side]["kinds"])) == (used, used)


def test_more_open_seats_hurt_nobody_and_fewer_help_nobody() -> None:
    market = invented(400, 40, 3, shape="tight")
    tickets = market.tickets(SEED, VALUE)
    code = market.vacancies[0].code
    more = compared(market, [seats(code, market.vacancies[0].seats + 5)], {}, tickets)
    fewer = compared(market, [seats(code, 0)], {}, tickets)
    assert (more["worse"], fewer["better"]) == (0, 0)
    assert more["better"] > 0
    assert fewer["worse"] > 0


# The action


@pytest.mark.django_db
def test_a_what_if_leaves_the_round_as_it_is(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    first = make_vacancy(code="a", seats=1)
    reserve_seats(make_vacancy(code="b", seats=1), bodies.school, 1, by=None, at=NOW)
    match_round = opened(people)
    for student in (people.aylin, people.sara, student_of(bodies.other_school, "boy")):
        add_wish(match_round, first, by=student, at=NOW)
    frozen(match_round, people)
    before = MatchRound.objects.filter(pk=match_round.pk).values().get()
    content = bytes(match_round.frozen.content)
    changes = [seats("a", 2), reserve("a", "other-school", 1, hard=True)]
    scenario = try_scenario(
        match_round, title=" دو  جا ", changes=changes, by=people.officer, at=READY
    )
    assert MatchRound.objects.filter(pk=match_round.pk).values().get() == before
    match_round.frozen.refresh_from_db()
    assert bytes(match_round.frozen.content) == content
    assert (scenario.title, scenario.changes, scenario.made_by) == (
        "دو جا",
        changes,
        people.officer,
    )
    report = scenario.report
    assert (report["lottery"], report["before"]["placed"], report["after"]["placed"]) == (
        "round", 1, 2,
    )  # fmt: skip
    assert report["schools"][0][:2] == ["school", 2]
    assert report["schools"][1][:2] == ["other-school", 1]
    assert report["schools"][1][3] == 1, "the hard seat is the boy's"
    assert [row["code"] for row in report["vacancies"]] == ["a"]
    (line,) = audit.trail(scenario)
    assert (line.verb, line.by, line.facts) == ("try_scenario", people.officer, {"round": "r-1"})


@pytest.mark.django_db
def test_before_the_public_value_is_known_the_lottery_is_a_trial(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    freeze_round(match_round, by=people.officer_2, at=READY)
    scenario = try_scenario(
        match_round, title="-", changes=[seats(vacancy.code, 0)], by=people.officer, at=READY
    )
    assert (scenario.report["lottery"], scenario.report["worse"]) == ("trial", 1)


@pytest.mark.django_db
def test_a_what_if_is_an_officers_and_of_a_frozen_round(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    with pytest.raises(NotTheTime):
        try_scenario(match_round, title="-", changes=[], by=people.officer, at=READY)
    frozen(match_round, people)
    with pytest.raises(NotAllowed):
        try_scenario(match_round, title="-", changes=[], by=people.owner, at=READY)
    assert not Scenario.objects.exists()


# The pages


def _list(code: str = "r-1") -> str:
    return reverse("matching:scenario_list", args=[code])


def _typed(*rows: tuple[str, str, str, str], title: str = "دو جای بیشتر") -> dict[str, str]:
    typed = {"title": title, "c-TOTAL_FORMS": str(len(rows)), "c-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        for name, value in zip(("kind", "vacancy", "school", "seats"), row, strict=True):
            typed[f"c-{number}-{name}"] = value
    return typed


@pytest.fixture
def match_round(people: People, vacancy: Vacancy) -> MatchRound:
    """A frozen round in which two wish two seats."""
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        set_wishes(match_round, [vacancy], by=student, at=NOW)
    return frozen(match_round, people)


@pytest.mark.django_db
def test_a_planner_tries_copies_and_compares(
    match_round: MatchRound, vacancy: Vacancy, people: People, bodies: Bodies, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    page = client.get(_list()).content.decode()
    assert page.count(f'<option value="{vacancy.code}">') == 1
    typed = _typed(
        ("seats", vacancy.code, "", "۱"), ("", "", "", ""),
        ("hard", vacancy.code, bodies.other_school.code, "1"), ("vacancy", vacancy.code, "", "1"),
    )  # fmt: skip
    response = client.post(_list(), typed)
    scenario = Scenario.objects.get()
    detail = reverse("matching:scenario_detail", args=["r-1", scenario.public_id])
    assert (response.status_code, response.url) == (302, detail)
    assert scenario.changes == [
        seats(vacancy.code, 1), reserve(vacancy.code, "other-school", 1, hard=True),
        one_more(vacancy.code, 1),
    ]  # fmt: skip
    shown = client.get(detail)
    assert shown.status_code == 200
    # The only seat is kept for a school nobody comes from; so is the new one's.
    assert (shown.context["report"]["worse"], shown.context["after"]["placed"]) == (2, 0)
    page = shown.content.decode()
    for listed in match_round.lists.all():
        assert page.count(listed.pseudonym) == 0
    copied = client.get(_list(), {"like": str(scenario.public_id)})
    assert [form.initial.get("kind") for form in copied.context["rows"]] == [
        "seats", "hard", "vacancy", None, None, None,
    ]  # fmt: skip
    assert copied.context["title"].initial["title"].startswith("دو جای بیشتر")
    for other in ("nonsense", str(uuid.uuid4())):
        assert client.get(_list(), {"like": other}).context["rows"].initial is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "title", "faulty"),
    [
        ([("", "", "", "")], "-", ["c-0-kind"]),
        ([("", "x", "", "")], "", ["title", "c-0-kind"]),
        ([("seats", "", "", "")], "-", ["c-0-vacancy", "c-0-seats"]),
        ([("seats", "{code}", "", "many")], "-", ["c-0-seats"]),
        ([("seats", "{code}", "", "-1")], "-", ["c-0-seats"]),
        ([("soft", "{code}", "", "1")], "-", ["c-0-school"]),
        ([("soft", "{code}", "nowhere", "1")], "-", ["c-0-school"]),
        ([("other", "{code}", "", "1")], "-", ["c-0-kind"]),
        ([("seats", "{code}", "", "1"), ("seats", "none", "", "1")], "-", ["c-1-vacancy"]),
        ([("soft", "{code}", "school", "3")], "-", ["c-0-seats"]),
        ([("seats", "new-1", "", "3")], "-", ["c-0-vacancy"]),
    ],
)
def test_a_wrong_what_if_keeps_everything(
    rows: list[tuple[str, str, str, str]], title: str, faulty: list[str], match_round: MatchRound,
    vacancy: Vacancy, people: People, signed_in: SignIn,
) -> None:  # fmt: skip
    filled = [tuple(cell.format(code=vacancy.code) for cell in row) for row in rows]
    typed = _typed(*filled, title=title)  # type: ignore[arg-type]
    response = signed_in(people.officer).post(_list(), typed)
    assert response.status_code == 422
    page = response.content.decode()
    summary = page[page.index('id="errors"'):]  # fmt: skip
    linked = [part.split('"')[0] for part in summary[: summary.index("</ul>")].split('href="#')[1:]]
    assert linked == [f"id_{name}" for name in faulty]
    assert [page.count(f'id="{target}"') for target in linked] == [1] * len(linked)
    forms = response.context["rows"].forms
    for number, row in enumerate(filled):
        assert (
            tuple(forms[number][name].value() for name in ("kind", "vacancy", "school", "seats"))
            == row
        )
    assert response.context["title"]["title"].value() == title
    assert not Scenario.objects.exists()


@pytest.mark.django_db
def test_an_open_round_has_no_copy(people: People, vacancy: Vacancy, signed_in: SignIn) -> None:
    opened(people)
    client = signed_in(people.officer)
    assert client.get(_list()).content.decode().count("<form class") == 0
    assert client.post(_list(), _typed(("seats", vacancy.code, "", "1"))).status_code == 409


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.FROZEN, State.PROPOSED, State.CLOSED])
def test_a_round_may_be_copied_from_its_freeze_on(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    in_state(state, people)
    typed = _typed(("seats", vacancy.code, "", "1"))
    assert signed_in(people.officer).post(_list(), typed).status_code == 302


@pytest.mark.django_db
def test_what_ifs_are_for_officers(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    scenario = try_scenario(
        match_round, title="-", changes=[seats(vacancy.code, 1)], by=people.officer, at=READY
    )
    opened(people, "r-2")
    detail = reverse("matching:scenario_detail", args=["r-1", scenario.public_id])
    who: list[User] = [people.stranger, people.aylin, people.onlooker, people.owner, people.admin]
    for path in (_list(), detail):
        assert [signed_in(user).get(path).status_code for user in who] == [403] * 5
        assert signed_in(None).get(path).status_code == 404
        assert signed_in(people.officer).put(path).status_code == 405
    client = signed_in(people.officer)
    for args in (["r-2", scenario.public_id], ["r-1", uuid.uuid4()]):
        assert client.get(reverse("matching:scenario_detail", args=args)).status_code == 404
    assert signed_in(people.owner).post(_list(), {}).status_code == 403


@pytest.mark.django_db
def test_the_list_takes_the_same_queries_for_one_and_thirty(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    def tried(number: int) -> Any:
        return try_scenario(
            match_round, title=f"t{number}", changes=[seats(vacancy.code, number)],
            by=people.officer, at=READY,
        )  # fmt: skip

    client = signed_in(people.officer)
    tried(1)
    one = queries(client, _list())
    for number in range(2, 31):
        tried(number)
    assert queries(client, _list()) == one
