"""What-ifs of an officer: the action leaves the round as it is, the pages compare copies."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.scenarios import try_scenario
from courses.matching.actions.wishes import add_wish, set_wishes
from courses.matching.models import MatchRound, Scenario
from courses.matching.refusals import NotTheTime
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from tests.cast import Bodies, MakeVacancy, People, SignIn
from tests.counting import queries
from tests.courses.matching.changes import one_more, reserve, seats
from tests.courses.matching.small_rounds import NOW, READY, frozen, in_state, opened, student_of


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


@pytest.mark.django_db
@pytest.mark.parametrize("count", ["0", "-1", "", "x"])
def test_what_if_without_a_row_is_refused_in_words(
    match_round: MatchRound, people: People, signed_in: SignIn, count: str
) -> None:
    """Before, the sentence had no row to stand at, and the page was an error."""
    answer = signed_in(people.officer).post(_list(), _typed() | {"c-TOTAL_FORMS": count})

    assert answer.status_code == 422
    assert len(answer.context["rows"].forms) == 1
    assert not Scenario.objects.exists()
