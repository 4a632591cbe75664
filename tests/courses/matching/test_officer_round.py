"""An officer's page of a round: what each state shows, offers and hides."""

import numpy as np
import pytest
from django.test import Client

from courses.kit import audit
from courses.matching.actions import runs
from courses.matching.actions.answers import accept_place
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.runs import check_result
from courses.matching.actions.wishes import add_wish, pseudonym_of
from courses.matching.models import Application, MatchRound, MatchRun
from courses.matching.queries import result_of
from courses.matching.solver import deferred_acceptance
from courses.matching.solver.deferred_acceptance import Outcome
from courses.matching.solver.journal import Journal
from courses.matching.solver.packed import Packed
from courses.matching.states import STAGES, State
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.paths import round_path
from tests.courses.matching.small_rounds import (
    ANSWERED,
    READY,
    frozen,
    in_state,
    next_officer,
    opened,
    proposed,
    published,
    running,
    student_of,
)
from tests.pages import answers, said
from tests.working import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


NEXT_STEP = {
    State.DRAFT: "round_open", State.OPEN: "round_freeze", State.FROZEN: "round_run",
    State.PROPOSED: "round_approve", State.PUBLISHED: "round_close",
}  # fmt: skip


@pytest.mark.parametrize("state", list(State))
def test_round_detail_shows_an_officer_every_state(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn, clock: SetClock
) -> None:
    in_state(state, people)
    clock(ANSWERED)
    path = round_path("round_detail")
    page = signed_in(next_officer(state, people)).get(path).content.decode()
    offered = [name for name in NEXT_STEP.values() if f'action="{round_path(name)}"' in page]
    assert offered == ([NEXT_STEP[state]] if state in NEXT_STEP else [])
    hidden = 404 if state == State.DRAFT else 403
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    assert answers(signed_in, who, path) == [hidden] * 4
    assert answers(signed_in, [None], path) == [404]
    assert answers(signed_in, [people.officer], path, "post") == [405]


@pytest.mark.parametrize(
    ("state", "first", "name"),
    [(State.FROZEN, "officer_2", "round_run"), (State.PROPOSED, "officer", "round_approve")],
)
def test_round_detail_offers_the_next_move_to_another_officer_only(
    state: State, first: str, name: str, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    in_state(state, people)
    pages = {
        who: signed_in(getattr(people, who)).get(round_path("round_detail")).content.decode()
        for who in ("officer", "officer_2")
    }
    not_you = said(
        "You froze it, so another officer runs it: no one person decides what goes in and when it "
        "is drawn."
        if state == State.FROZEN
        else "You ran it, so another officer approves it: two people see every result before the "
        "public does."
    )
    assert {who: page.count(round_path(name)) for who, page in pages.items()} == {
        "officer": int(first != "officer"), "officer_2": int(first != "officer_2"),
    }  # fmt: skip
    assert {who: page.count(not_you) for who, page in pages.items()} == {
        "officer": int(first == "officer"), "officer_2": int(first == "officer_2"),
    }  # fmt: skip


def test_round_detail_asks_for_the_public_value_before_the_run(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    freeze_round(match_round, by=people.officer_2, at=READY)
    clock(READY)
    client = signed_in(people.officer)
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count(round_path("round_public_value")), page.count(round_path("round_run"))) == (
        1,
        0,
    )
    assert page.count(match_round.snapshot_sha256) == 1
    assert client.post(round_path("round_run")).status_code == 409


def test_round_detail_shows_the_progress_of_a_run(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    run = running(frozen(match_round, people), people)
    client = signed_in(people.officer)
    for place, stage in enumerate(STAGES[:-1]):
        MatchRun.objects.filter(pk=run.pk).update(stage=stage)
        response = client.get(round_path("round_detail"))
        page = response.content.decode()
        assert [present for _l, _d, present in response.context["stages"]["rows"]] == [
            n == place for n in range(len(STAGES))
        ]
        assert page.count('data-waiting="3"') == 1
        assert page.count(f'<progress value="{place}" max="{len(STAGES) - 1}"') == 1
        assert page.count('role="status"') == 1
        assert page.count(f'href="{round_path("round_detail")}"') == 1
    runs.finish_run(run, at=READY)
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count("data-waiting"), page.count("<progress")) == (0, 0)


def test_round_detail_shows_that_the_result_is_being_published(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    proposed(frozen(match_round, people), people)
    clock(READY)
    client = signed_in(people.officer_2)
    assert client.post(round_path("round_approve"), {"reason": "خوانده شد"}).status_code == 302
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.reason) == ("approve_result", people.officer_2, "خوانده شد")
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count('data-waiting="3"'), page.count("<progress")) == (1, 1)
    assert page.count(round_path("round_approve")) == 0
    work_off()
    match_round.refresh_from_db()
    assert match_round.state == State.PUBLISHED
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count("data-waiting"), page.count("<progress")) == (0, 0)


def _places_nobody(packed: Packed, journal: Journal | None = None) -> Outcome:
    return Outcome(np.full(packed.students, -1), 1, 0)


def test_round_detail_shows_what_the_verifier_found(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    run = running(frozen(match_round, people), people)
    with monkeypatch.context() as broken:
        broken.setattr(deferred_acceptance, "solve", _places_nobody)
        runs.finish_run(run, at=READY)
    response = signed_in(people.officer).get(round_path("round_detail"))
    assert (response.context["withheld"], response.context["run"]) == (run, None)
    assert response.content.decode().count(run.violations[0]) == 1
    match_round.refresh_from_db()
    runs.finish_run(running(match_round, people), at=READY)
    response = signed_in(people.officer).get(round_path("round_detail"))
    assert response.context["withheld"] is None
    assert response.content.decode().count(run.violations[0]) == 0


def test_round_detail_shows_the_report_of_a_clean_run(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    proposed(frozen(match_round, people), people)
    run = match_round.runs.get()
    response = signed_in(people.officer_2).get(round_path("round_detail"))
    assert response.context["ranks"] == [(1, 1), (None, 0)]
    assert [seconds for _label, seconds in response.context["seconds"]] == list(
        run.report["seconds"].values()
    )
    assert set(run.report["seconds"]) == set(STAGES) - {"queued", "writing", "done"}
    page = response.content.decode()
    # The card of fingerprints and the list of runs.
    assert page.count(run.result_sha256) == 2
    assert [page.count(version) >= 1 for version in run.versions.values()] == [True] * 4


def test_the_result_is_checked_again_and_its_bytes_compared(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    published(match_round, people)
    clock(READY)
    client = signed_in(people.officer)
    assert client.post(round_path("round_check")).status_code == 302
    assert client.post(round_path("round_check")).status_code == 409
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count('data-waiting="3"'), page.count(round_path("round_check"))) == (1, 0)
    work_off()
    response = client.get(round_path("round_detail"))
    assert [(run.purpose, run.same) for run in response.context["runs"]] == [
        ("result", None), ("check", True),
    ]  # fmt: skip
    assert response.content.decode().count(said("same bytes: yes")) == 1
    match_round.refresh_from_db()
    assert match_round.state == State.PUBLISHED


def test_a_check_that_differs_is_said(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    check = check_result(match_round, by=people.officer, at=READY)
    runs.finish_run(check, at=READY)
    MatchRun.objects.filter(pk=check.pk).update(same=False)
    page = signed_in(people.officer).get(round_path("round_detail")).content.decode()
    assert page.count(said("same bytes: no")) == 1


def test_round_detail_shows_the_window_and_the_answers(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    published(match_round, people)
    outcome = result_of(people.aylin, match_round)
    assert outcome is not None
    client = signed_in(people.officer)
    clock(READY)
    response = client.get(round_path("round_detail"))
    assert [count for _label, count in response.context["answers"]] == [1]
    page = response.content.decode()
    assert (page.count(round_path("round_close")), page.count("?supplements=r-1")) == (0, 0)
    assert client.post(round_path("round_close")).status_code == 409
    accept_place(outcome, by=people.aylin, at=READY)
    clock(ANSWERED)
    client = signed_in(people.officer)
    page = client.get(round_path("round_detail")).content.decode()
    assert (page.count(round_path("round_close")), page.count("?supplements=r-1")) == (1, 1)
    assert client.post(round_path("round_close")).status_code == 302


def test_round_detail_never_shows_the_seed(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.officer).get(round_path("round_detail")).content.decode()
    assert page.count(match_round.commitment) == 1
    assert page.count(bytes(match_round.seed or b"").hex()) == 0


def test_round_detail_takes_the_same_queries_for_one_and_thirty_lists(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    make_vacancy()
    small = opened(people, "small")
    vacancies = [*small.vacancies.all(), make_vacancy(), make_vacancy()]
    large = opened(people, "large")
    for vacancy in vacancies:
        reserve_seats(vacancy, bodies.school, 1, by=None, at=NOW)
    add_wish(small, vacancies[0], by=people.aylin, at=NOW)
    for number in range(30):
        student = student_of(bodies.school, f"s{number}")
        for vacancy in vacancies:
            add_wish(large, vacancy, by=student, at=NOW)
    client = signed_in(people.officer)
    counted = [queries(client, round_path("round_detail", code)) for code in ("small", "large")]
    assert counted[0] == counted[1]
    for match_round in (small, large):
        published(match_round, people)
    counted = [queries(client, round_path("round_detail", code)) for code in ("small", "large")]
    assert counted[0] == counted[1]


@pytest.mark.parametrize("state", list(State))
def test_a_form_is_shown_only_where_it_can_be_sent(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    in_state(state, people)
    client = signed_in(people.officer)
    shown = [name for name in ("round_change", "round_deadlines", "round_public_value")
             if client.get(round_path(name)).status_code == 200]  # fmt: skip
    # A frozen round of `in_state` has its public value already.
    assert shown == {State.DRAFT: ["round_change"], State.OPEN: ["round_deadlines"]}.get(state, [])


def test_the_pseudonym_of_a_student_is_not_on_a_rounds_page(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    client: Client = signed_in(people.officer)
    page = client.get(round_path("round_detail")).content.decode()
    assert page.count(pseudonym_of(people.aylin, match_round)) == 0
    assert page.count("Aylin") == 0
