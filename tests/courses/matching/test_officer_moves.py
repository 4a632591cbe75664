"""An officer's moves of a round: once, with a reason, and by whom the rules allow."""

import pytest
from django.urls import reverse
from django.utils import translation

from courses.kit import audit
from courses.matching import effects
from courses.matching.actions.freezing import freeze_round
from courses.matching.models import Application, MatchRound, MatchRun, ReserveEffect
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, People, SetClock, SignIn
from tests.courses.matching.paths import round_path
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    frozen,
    in_state,
    next_officer,
    opened,
    proposed,
)
from tests.pages import answers, faulty_fields
from tests.working import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_the_public_value_is_typed_in_once_with_its_source(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    path = round_path("round_public_value")
    client = signed_in(people.officer)
    freeze_round(match_round, by=people.officer_2, at=READY)
    assert client.get(path).status_code == 200
    for typed, faulty in (({"value": "", "source": " "}, ["value", "source"]),
                          ({"value": "7", "source": ""}, ["source"])):  # fmt: skip
        response = client.post(path, typed)
        assert response.status_code == 422
        assert faulty_fields(response.content.decode()) == [f"id_{name}" for name in faulty]
    typed = {"value": "۷ ۱۲ ۳۱", "source": "روزنامهٔ ۱۱ آذر"}
    assert client.post(path, typed).status_code == 302
    match_round.refresh_from_db()
    assert (match_round.public_value, match_round.public_value_source) == tuple(typed.values())
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by) == ("type_in_public_value", people.officer)
    assert client.post(path, {"value": "8", "source": "-"}).status_code == 409
    match_round.refresh_from_db()
    assert match_round.public_value == "۷ ۱۲ ۳۱"


@pytest.fixture
def effect(
    match_round: MatchRound, people: People, bodies: Bodies, vacancy: Vacancy
) -> ReserveEffect:
    """A reserve that makes one student worse off, in a proposed round."""
    proposed(frozen(match_round, people), people)
    return ReserveEffect.objects.create(
        run=match_round.runs.get(), school=bodies.school, firm=bodies.firm, seats=1,
        placed_with=2, placed_without=2, better=1,
        worse=[{
            "student": "AAAA", "with": None, "without": vacancy.code,
            "chain": [{"student": "AAAA", "lost": vacancy.code, "by": "BBBB", "to": None}],
        }],
    )  # fmt: skip


def _acknowledge(effect: ReserveEffect, code: str = "r-1") -> str:
    return reverse("matching:effect_acknowledge", args=[code, effect.pk])


def test_a_result_is_approved_only_when_its_effects_are_read(
    effect: ReserveEffect, match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    clock(READY)
    client = signed_in(people.officer_2)
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count(round_path("round_approve")), page.count(_acknowledge(effect))) == (0, 1)
    (shown,) = client.get(round_path("round_detail")).context["effects"]
    with translation.override("en"):
        assert effects.told(effect.worse[0], {vacancy.code: "Bags"}) == [
            "AAAA has no place; without the reserve it would be “Bags”.",
            "AAAA had to leave “Bags” for BBBB.",
            "AAAA was then left without a place.",
        ]
    assert (shown["waits"], len(shown["chains"][0])) == (True, 3)
    assert client.post(round_path("round_approve")).status_code == 409
    assert client.post(_acknowledge(effect)).status_code == 302
    assert client.post(_acknowledge(effect)).status_code == 302
    effect.refresh_from_db()
    assert (effect.acknowledged_by, effect.acknowledged_at) == (people.officer_2, READY)
    assert [line.verb for line in audit.trail(match_round)].count("acknowledge_effect") == 1
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count(round_path("round_approve")), page.count(_acknowledge(effect))) == (1, 0)
    assert client.post(round_path("round_approve")).status_code == 302


def test_an_effect_is_read_by_officers_of_its_round(
    effect: ReserveEffect, people: People, signed_in: SignIn, vacancy: Vacancy
) -> None:
    opened(people, "r-2")
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    assert answers(signed_in, who, _acknowledge(effect), "post") == [403] * 4
    assert answers(signed_in, [None], _acknowledge(effect), "post") == [404]
    assert answers(signed_in, [people.officer], _acknowledge(effect)) == [405]
    assert answers(signed_in, [people.officer], _acknowledge(effect, "r-2"), "post") == [404]
    effect.refresh_from_db()
    assert effect.acknowledged_by is None


MOVES = [
    ("round_open", State.DRAFT, State.OPEN, "open_round"),
    ("round_freeze", State.OPEN, State.FROZEN, "freeze_round"),
    ("round_run", State.FROZEN, State.RUNNING, "start_run"),
    ("round_approve", State.PROPOSED, State.PROPOSED, "approve_result"),
    ("round_close", State.PUBLISHED, State.CLOSED, "close_round"),
]


@pytest.mark.parametrize(("name", "before", "after", "verb"), MOVES)
def test_a_move_is_posted_by_an_officer_once_with_a_reason(
    name: str, before: State, after: State, verb: str, people: People, vacancy: Vacancy,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    match_round = in_state(before, people)
    # A round is opened before its deadlines, moved on after them.
    moment = NOW if before == State.DRAFT else ANSWERED
    clock(moment)
    officer = next_officer(before, people)
    client = signed_in(officer)
    long = client.post(round_path(name), {"reason": "ب" * 301})
    assert long.status_code == 422
    assert faulty_fields(long.content.decode()) == ["id_reason"]
    assert long.context["reason"]["reason"].value() == "ب" * 301
    response = client.post(round_path(name), {"reason": "نوبت آن است"})
    assert (response.status_code, response.url) == (302, round_path("round_detail"))
    match_round.refresh_from_db()
    line = audit.trail(match_round).last()
    assert line is not None
    assert (match_round.state, line.verb, line.by, line.at, line.reason) == (
        after, verb, officer, moment, "نوبت آن است",
    )  # fmt: skip
    lines = audit.trail(match_round).count()
    assert client.post(round_path(name)).status_code == 409
    match_round.refresh_from_db()
    assert (match_round.state, audit.trail(match_round).count()) == (after, lines)


@pytest.mark.parametrize(
    ("name", "before"), [*((name, before) for name, before, _a, _v in MOVES),
                         ("round_check", State.PUBLISHED)],
)  # fmt: skip
def test_a_move_is_refused_to_everybody_else(
    name: str, before: State, people: People, vacancy: Vacancy, signed_in: SignIn, clock: SetClock
) -> None:
    match_round = in_state(before, people)
    clock(READY)
    path = round_path(name)
    hidden = 404 if before == State.DRAFT else 403
    who: list[User | None] = [
        people.stranger, people.aylin, people.onlooker, people.owner, people.admin,
    ]  # fmt: skip
    assert answers(signed_in, who, path, "post") == [hidden] * 5
    assert answers(signed_in, [None], path, "post") == [404]
    assert answers(signed_in, [people.officer_2], path) == [405]
    assert answers(signed_in, [people.officer_2], round_path(name, "none"), "post") == [404]
    match_round.refresh_from_db()
    assert match_round.state == before


@pytest.mark.parametrize(
    ("name", "state", "who"),
    [
        ("round_run", State.FROZEN, "officer_2"),
        ("round_approve", State.PROPOSED, "officer"),
    ],
)
def test_a_move_after_ones_own_is_refused_and_goes_back_to_the_page(
    name: str, state: State, who: str, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    match_round = in_state(state, people)
    here = f"http://testserver{round_path('round_detail')}"
    response = signed_in(getattr(people, who)).post(round_path(name), headers={"referer": here})
    assert (response.status_code, response.url) == (302, here)
    match_round.refresh_from_db()
    assert match_round.state == state


def test_freezing_before_the_deadlines_is_refused(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    for at in (NOW, RANKING):
        clock(at)
        assert client.post(round_path("round_freeze")).status_code == 409
    match_round.refresh_from_db()
    assert match_round.state == State.OPEN


def test_a_run_that_was_started_here_is_finished_in_the_background(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    frozen(match_round, people)
    clock(READY)
    client = signed_in(people.officer)
    answers = [client.post(round_path("round_run")).status_code for _again in range(2)]
    assert answers == [302, 409]
    work_off()
    run = MatchRun.objects.get(round=match_round)
    match_round.refresh_from_db()
    assert (run.placed, run.finished_at, match_round.state) == (1, READY, State.PROPOSED)


def test_the_pages_of_the_public_value_and_others_are_an_officers(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    freeze_round(match_round, by=people.officer_2, at=READY)
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert answers(signed_in, who, round_path("round_public_value"), method) == [403] * 4
        assert answers(signed_in, [None], round_path("round_public_value"), method) == [404]
    assert answers(signed_in, [people.officer], round_path("round_public_value"), "put") == [405]
