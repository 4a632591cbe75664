"""An officer's pages of a round: who may, what changes, what a wrong answer looks like."""

import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from courses.kit import audit
from courses.kit.calendars import TEHRAN, jalali_digits
from courses.kit.refusal import IllegalMove
from courses.law.models import Confidence, Holiday
from courses.matching import effects
from courses.matching.actions import rounds, runs
from courses.matching.actions.answers import accept_place
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.objections import raise_objection
from courses.matching.actions.rounds import DRAFT_FACTS
from courses.matching.actions.runs import check_result
from courses.matching.actions.wishes import add_wish, pseudonym_of
from courses.matching.models import (
    Application,
    MatchOutcome,
    MatchRound,
    MatchRun,
    Objection,
    PreferenceList,
    ReserveEffect,
)
from courses.matching.queries import result_of
from courses.matching.solver import deferred_acceptance
from courses.matching.solver.deferred_acceptance import Outcome
from courses.matching.solver.journal import Journal
from courses.matching.solver.packed import Packed
from courses.matching.states import STAGES, Ruling, State
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from tests.cast import NOW, TODAY, Bodies, MakeVacancy, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    WISHES_CLOSE,
    drafted,
    frozen,
    in_state,
    opened,
    proposed,
    published,
    running,
    student_of,
)
from tests.pages import answers, faulty_fields, sent_to_sign_in
from tests.working import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROUNDS = reverse("matching:round_list")
NEW = reverse("matching:round_draft")
OBJECTIONS = reverse("matching:objection_list")


SECOND_OFFICER = "You ran this round, so another officer answers objections to it."


def _said(words: str) -> str:
    """Return some words as the Persian pages say them."""
    with translation.override("fa"):
        return gettext(words)


def _round(name: str, code: str = "r-1") -> str:
    return reverse(f"matching:{name}", args=[code])


# An officer's rounds


def test_round_list_is_for_officers(people: People, signed_in: SignIn, vacancy: Vacancy) -> None:
    drafted(people, "one")
    opened(people, "two")
    response = signed_in(people.officer).get(ROUNDS)
    assert response.status_code == 200
    assert [r.code for r in response.context["rounds"]] == ["two", "one"]
    for path in (ROUNDS, NEW):
        assert sent_to_sign_in(signed_in(None).get(path), path)
        who: list[User | None] = [
            people.stranger, people.aylin, people.onlooker, people.owner, people.admin,
        ]  # fmt: skip
        assert answers(signed_in, who, path) == [403] * 5
    assert answers(signed_in, [people.officer], ROUNDS, "post") == [405]
    assert answers(signed_in, [people.officer], NEW, "put") == [405]


def test_round_list_takes_the_same_queries_for_one_and_thirty(
    people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    drafted(people, "r-0")
    one = queries(client, ROUNDS)
    for number in range(1, 30):
        drafted(people, f"r-{number}")
    assert queries(client, ROUNDS) == one


def _typed(**changes: str) -> dict[str, str]:
    plain = {
        "code": "R-1405-2", "title_fa": "دور زمستاني", "title_en": "Winter round",
        "wishes_close_on": jalali_digits(TODAY + timedelta(days=5)),
        "ranking_closes_on": jalali_digits(TODAY + timedelta(days=8)),
        "longest_list": "۱۲", "confirm_days": "۷", "public_source": "قرعه‌کشي ۱۱ آذر",
    }  # fmt: skip
    return plain | changes


def test_round_draft_saves_a_round(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.officer)
    assert client.get(NEW).status_code == 200
    response = client.post(NEW, _typed())
    assert (response.status_code, response.url) == (302, _round("round_detail", "r-1405-2"))
    match_round = MatchRound.objects.get()
    assert (
        match_round.code, match_round.title_fa, match_round.title_en, match_round.longest_list,
        match_round.state, match_round.confirm_days, match_round.public_source,
        match_round.supplements,
    ) == ("r-1405-2", "دور زمستانی", "Winter round", 12, State.DRAFT, 7, "قرعه‌کشی ۱۱ آذر",
          None)  # fmt: skip
    assert [
        moment.astimezone(TEHRAN).isoformat()[:16]
        for moment in (match_round.wishes_close_at, match_round.ranking_closes_at)
    ] == [f"{TODAY + timedelta(days=n)}T20:00" for n in (5, 8)]
    line = audit.trail(match_round).get()
    assert (line.verb, line.by) == ("draft_round", people.officer)
    again = client.post(NEW, _typed())
    assert (again.status_code, MatchRound.objects.count()) == (422, 1)
    assert faulty_fields(again.content.decode()) == ["id_code"]


def test_round_draft_is_refused_to_others(people: People, signed_in: SignIn) -> None:
    for who in (people.stranger, people.onlooker, people.owner, people.admin):
        assert signed_in(who).post(NEW, _typed()).status_code == 403
    assert sent_to_sign_in(signed_in(None).post(NEW, _typed()), NEW)
    assert not MatchRound.objects.exists()


@pytest.mark.parametrize(
    ("changes", "faulty"),
    [
        ({"code": "دور"}, ["code"]),
        ({"code": "", "title_fa": " ", "title_en": ""}, ["code", "title_fa", "title_en"]),
        ({"wishes_close_on": "1405/13/01"}, ["wishes_close_on"]),
        (
            {"wishes_close_on": "", "ranking_closes_on": ""},
            ["wishes_close_on", "ranking_closes_on"],
        ),
        ({"ranking_closes_on": jalali_digits(TODAY + timedelta(days=5))}, ["ranking_closes_on"]),
        ({"ranking_closes_on": jalali_digits(TODAY)}, ["ranking_closes_on"]),
        ({"longest_list": "0"}, ["longest_list"]),
        ({"longest_list": "۵۱"}, ["longest_list"]),
        ({"longest_list": "many"}, ["longest_list"]),
        ({"confirm_days": "0"}, ["confirm_days"]),
        ({"confirm_days": "۶۱"}, ["confirm_days"]),
        ({"public_source": " "}, ["public_source"]),
        ({"supplements": "77"}, ["supplements"]),
    ],
)
def test_a_wrong_draft_keeps_what_was_typed(
    changes: dict[str, str], faulty: list[str], people: People, signed_in: SignIn
) -> None:
    typed = _typed(**changes)
    response = signed_in(people.officer).post(NEW, typed)
    assert response.status_code == 422
    assert faulty_fields(response.content.decode()) == [f"id_{name}" for name in faulty]
    form = response.context["form"]
    assert {name: form[name].value() for name in typed} == typed
    assert not MatchRound.objects.exists()


def test_a_deadline_does_not_fall_on_a_holiday(people: People, signed_in: SignIn) -> None:
    for days, confidence in ((5, Confidence.HIGH), (8, Confidence.VERIFY)):
        Holiday.objects.create(
            day=TODAY + timedelta(days=days), confidence=confidence, name_fa="عید", name_en="Feast"
        )
    response = signed_in(people.officer).post(NEW, _typed())
    assert response.status_code == 422
    assert faulty_fields(response.content.decode()) == ["id_wishes_close_on"]
    assert not MatchRound.objects.exists()


NEXT_STEP = {
    State.DRAFT: "round_open", State.OPEN: "round_freeze", State.FROZEN: "round_run",
    State.PROPOSED: "round_approve", State.PUBLISHED: "round_close",
}  # fmt: skip


def _other_than_before(state: State, people: People) -> User:
    """Return the officer who may make the next move: not who made the one before."""
    return people.officer if state == State.FROZEN else people.officer_2


@pytest.mark.parametrize("state", list(State))
def test_round_detail_shows_an_officer_every_state(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn, clock: SetClock
) -> None:
    in_state(state, people)
    clock(ANSWERED)
    path = _round("round_detail")
    page = signed_in(_other_than_before(state, people)).get(path).content.decode()
    offered = [name for name in NEXT_STEP.values() if f'action="{_round(name)}"' in page]
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
        who: signed_in(getattr(people, who)).get(_round("round_detail")).content.decode()
        for who in ("officer", "officer_2")
    }
    said = _said(
        "You froze it, so another officer runs it: no one person decides what goes in and when it "
        "is drawn."
        if state == State.FROZEN
        else "You ran it, so another officer approves it: two people see every result before the "
        "public does."
    )
    assert {who: page.count(_round(name)) for who, page in pages.items()} == {
        "officer": int(first != "officer"), "officer_2": int(first != "officer_2"),
    }  # fmt: skip
    assert {who: page.count(said) for who, page in pages.items()} == {
        "officer": int(first == "officer"), "officer_2": int(first == "officer_2"),
    }  # fmt: skip


def test_round_detail_asks_for_the_public_value_before_the_run(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    freeze_round(match_round, by=people.officer_2, at=READY)
    clock(READY)
    client = signed_in(people.officer)
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count(_round("round_public_value")), page.count(_round("round_run"))) == (1, 0)
    assert page.count(match_round.snapshot_sha256) == 1
    assert client.post(_round("round_run")).status_code == 409


def test_the_public_value_is_typed_in_once_with_its_source(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    path = _round("round_public_value")
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


def test_round_detail_shows_the_progress_of_a_run(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    run = running(frozen(match_round, people), people)
    client = signed_in(people.officer)
    for place, stage in enumerate(STAGES[:-1]):
        MatchRun.objects.filter(pk=run.pk).update(stage=stage)
        response = client.get(_round("round_detail"))
        page = response.content.decode()
        assert [present for _l, _d, present in response.context["stages"]["rows"]] == [
            n == place for n in range(len(STAGES))
        ]
        assert page.count('data-waiting="3"') == 1
        assert page.count(f'<progress value="{place}" max="{len(STAGES) - 1}"') == 1
        assert page.count('role="status"') == 1
        assert page.count(f'href="{_round("round_detail")}"') == 1
    runs.finish_run(run, at=READY)
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count("data-waiting"), page.count("<progress")) == (0, 0)


def test_round_detail_shows_that_the_result_is_being_published(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    proposed(frozen(match_round, people), people)
    clock(READY)
    client = signed_in(people.officer_2)
    assert client.post(_round("round_approve"), {"reason": "خوانده شد"}).status_code == 302
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.reason) == ("approve_result", people.officer_2, "خوانده شد")
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count('data-waiting="3"'), page.count("<progress")) == (1, 1)
    assert page.count(_round("round_approve")) == 0
    work_off()
    match_round.refresh_from_db()
    assert match_round.state == State.PUBLISHED
    page = client.get(_round("round_detail")).content.decode()
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
    response = signed_in(people.officer).get(_round("round_detail"))
    assert (response.context["withheld"], response.context["run"]) == (run, None)
    assert response.content.decode().count(run.violations[0]) == 1
    match_round.refresh_from_db()
    runs.finish_run(running(match_round, people), at=READY)
    response = signed_in(people.officer).get(_round("round_detail"))
    assert response.context["withheld"] is None
    assert response.content.decode().count(run.violations[0]) == 0


def test_round_detail_shows_the_report_of_a_clean_run(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    proposed(frozen(match_round, people), people)
    run = match_round.runs.get()
    response = signed_in(people.officer_2).get(_round("round_detail"))
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
    assert client.post(_round("round_check")).status_code == 302
    assert client.post(_round("round_check")).status_code == 409
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count('data-waiting="3"'), page.count(_round("round_check"))) == (1, 0)
    work_off()
    response = client.get(_round("round_detail"))
    assert [(run.purpose, run.same) for run in response.context["runs"]] == [
        ("result", None), ("check", True),
    ]  # fmt: skip
    assert response.content.decode().count(_said("same bytes: yes")) == 1
    match_round.refresh_from_db()
    assert match_round.state == State.PUBLISHED


def test_a_check_that_differs_is_said(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    check = check_result(match_round, by=people.officer, at=READY)
    runs.finish_run(check, at=READY)
    MatchRun.objects.filter(pk=check.pk).update(same=False)
    page = signed_in(people.officer).get(_round("round_detail")).content.decode()
    assert page.count(_said("same bytes: no")) == 1


def test_round_detail_shows_the_window_and_the_answers(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    published(match_round, people)
    outcome = result_of(people.aylin, match_round)
    assert outcome is not None
    client = signed_in(people.officer)
    clock(READY)
    response = client.get(_round("round_detail"))
    assert [count for _label, count in response.context["answers"]] == [1]
    page = response.content.decode()
    assert (page.count(_round("round_close")), page.count("?supplements=r-1")) == (0, 0)
    assert client.post(_round("round_close")).status_code == 409
    accept_place(outcome, by=people.aylin, at=READY)
    clock(ANSWERED)
    client = signed_in(people.officer)
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count(_round("round_close")), page.count("?supplements=r-1")) == (1, 1)
    assert client.post(_round("round_close")).status_code == 302


def test_a_supplementary_round_is_drafted_from_the_main_one(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    path = f"{NEW}?supplements=r-1"
    assert client.get(path).context["form"].initial == {}
    published(match_round, people)
    form = client.get(path).context["form"]
    assert form.initial == {
        "code": "r-1-s", "title_en": "Autumn round – supplementary",
        "title_fa": form.initial["title_fa"], "longest_list": 20, "confirm_days": 5,
        "supplements": match_round.pk,
    }  # fmt: skip
    assert form.initial["title_fa"].startswith("دور پاییز – ")
    typed = _typed(code="r-1-s", supplements=str(match_round.pk))
    assert client.post(path, typed).status_code == 302
    assert MatchRound.objects.get(code="r-1-s").supplements == match_round
    assert client.get(_round("round_detail", "r-1-s")).status_code == 200


def test_round_detail_never_shows_the_seed(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.officer).get(_round("round_detail")).content.decode()
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
    counted = [queries(client, _round("round_detail", code)) for code in ("small", "large")]
    assert counted[0] == counted[1]
    for match_round in (small, large):
        published(match_round, people)
    counted = [queries(client, _round("round_detail", code)) for code in ("small", "large")]
    assert counted[0] == counted[1]


# Reserves


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
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count(_round("round_approve")), page.count(_acknowledge(effect))) == (0, 1)
    (shown,) = client.get(_round("round_detail")).context["effects"]
    with translation.override("en"):
        assert effects.told(effect.worse[0], {vacancy.code: "Bags"}) == [
            "AAAA has no place; without the reserve it would be “Bags”.",
            "AAAA had to leave “Bags” for BBBB.",
            "AAAA was then left without a place.",
        ]
    assert (shown["waits"], len(shown["chains"][0])) == (True, 3)
    assert client.post(_round("round_approve")).status_code == 409
    assert client.post(_acknowledge(effect)).status_code == 302
    assert client.post(_acknowledge(effect)).status_code == 302
    effect.refresh_from_db()
    assert (effect.acknowledged_by, effect.acknowledged_at) == (people.officer_2, READY)
    assert [line.verb for line in audit.trail(match_round)].count("acknowledge_effect") == 1
    page = client.get(_round("round_detail")).content.decode()
    assert (page.count(_round("round_approve")), page.count(_acknowledge(effect))) == (1, 0)
    assert client.post(_round("round_approve")).status_code == 302


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


# Moves


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
    officer = _other_than_before(before, people)
    client = signed_in(officer)
    long = client.post(_round(name), {"reason": "ب" * 301})
    assert long.status_code == 422
    assert faulty_fields(long.content.decode()) == ["id_reason"]
    assert long.context["reason"]["reason"].value() == "ب" * 301
    response = client.post(_round(name), {"reason": "نوبت آن است"})
    assert (response.status_code, response.url) == (302, _round("round_detail"))
    match_round.refresh_from_db()
    line = audit.trail(match_round).last()
    assert line is not None
    assert (match_round.state, line.verb, line.by, line.at, line.reason) == (
        after, verb, officer, moment, "نوبت آن است",
    )  # fmt: skip
    lines = audit.trail(match_round).count()
    assert client.post(_round(name)).status_code == 409
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
    path = _round(name)
    hidden = 404 if before == State.DRAFT else 403
    who: list[User | None] = [
        people.stranger, people.aylin, people.onlooker, people.owner, people.admin,
    ]  # fmt: skip
    assert answers(signed_in, who, path, "post") == [hidden] * 5
    assert answers(signed_in, [None], path, "post") == [404]
    assert answers(signed_in, [people.officer_2], path) == [405]
    assert answers(signed_in, [people.officer_2], _round(name, "none"), "post") == [404]
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
    here = f"http://testserver{_round('round_detail')}"
    response = signed_in(getattr(people, who)).post(_round(name), headers={"referer": here})
    assert (response.status_code, response.url) == (302, here)
    match_round.refresh_from_db()
    assert match_round.state == state


def test_freezing_before_the_deadlines_is_refused(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    for at in (NOW, RANKING):
        clock(at)
        assert client.post(_round("round_freeze")).status_code == 409
    match_round.refresh_from_db()
    assert match_round.state == State.OPEN


def test_a_run_that_was_started_here_is_finished_in_the_background(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    frozen(match_round, people)
    clock(READY)
    client = signed_in(people.officer)
    answers = [client.post(_round("round_run")).status_code for _again in range(2)]
    assert answers == [302, 409]
    work_off()
    run = MatchRun.objects.get(round=match_round)
    match_round.refresh_from_db()
    assert (run.placed, run.finished_at, match_round.state) == (1, READY, State.PROPOSED)


def test_a_phase_is_ended_with_a_reason(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    path = _round("round_end_phase")
    assert client.get(path).status_code == 200
    response = client.post(path, {"reason": "همه آماده‌اند"})
    assert (response.status_code, response.url) == (302, _round("round_detail"))
    match_round.refresh_from_db()
    line = audit.trail(match_round).last()
    assert line is not None
    assert (match_round.wishes_close_at, line.verb, line.by, line.reason) == (
        NOW,
        "set_deadlines",
        people.officer,
        "همه آماده‌اند",
    )
    clock(READY)
    assert client.post(path, {"reason": "دوباره"}).status_code == 409


def test_ending_a_phase_owes_its_reason(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    for reason in ("", "  ", "ب" * 301):
        response = client.post(_round("round_end_phase"), {"reason": reason})
        assert response.status_code == 422
        assert faulty_fields(response.content.decode()) == ["id_reason"]
        assert response.context["form"]["reason"].value() == reason
    match_round.refresh_from_db()
    assert match_round.wishes_close_at == WISHES_CLOSE


def test_ending_a_phase_is_refused_to_everybody_else(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    drafted(people, "draft")
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert answers(signed_in, who, _round("round_end_phase"), method) == [403] * 4
        assert answers(signed_in, who, _round("round_end_phase", "draft"), method) == [404] * 4
        assert answers(signed_in, [None], _round("round_end_phase"), method) == [404]
    assert answers(signed_in, [people.officer], _round("round_end_phase"), "put") == [405]


# Drafts and deadlines


def test_a_draft_is_changed_until_it_is_opened(
    people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    match_round = drafted(people)
    client, path = signed_in(people.officer_2), _round("round_change")
    form = client.get(path).context["form"]
    assert (form["title_fa"].value(), form["longest_list"].value()) == ("دور پاییز", 20)
    typed = _typed()
    del typed["code"]
    response = client.post(path, typed | {"title_en": ""})
    assert response.status_code == 422
    assert faulty_fields(response.content.decode()) == ["id_title_en"]
    assert client.post(path, typed).status_code == 302
    match_round.refresh_from_db()
    assert (match_round.code, match_round.title_fa, match_round.longest_list) == (
        "r-1", "دور زمستانی", 12,
    )  # fmt: skip
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.facts["changed"]) == (
        "change_draft", people.officer_2, sorted(DRAFT_FACTS),
    )  # fmt: skip
    rounds.open_round(match_round, by=people.officer, at=NOW)
    assert client.post(path, typed | {"title_en": "Too late"}).status_code == 409
    match_round.refresh_from_db()
    assert match_round.title_en == "Winter round"


def test_a_draft_has_no_other_facts(people: People) -> None:
    with pytest.raises(TypeError, match="seed"):
        rounds.change_draft(drafted(people), by=people.officer, seed=b"x")


def test_a_stale_draft_is_not_changed(people: People, vacancy: Vacancy) -> None:
    stale = drafted(people)
    rounds.open_round(MatchRound.objects.get(pk=stale.pk), by=people.officer, at=NOW)
    with pytest.raises(IllegalMove):
        rounds.change_draft(stale, by=people.officer, title_en="x")


def test_a_draft_is_nobody_elses_business(people: People, signed_in: SignIn) -> None:
    drafted(people)
    who: list[User | None] = [None, people.stranger, people.aylin, people.owner, people.admin]
    for method in ("get", "post"):
        assert answers(signed_in, who, _round("round_change"), method) == [404] * 5
    assert answers(signed_in, [people.officer], _round("round_change"), "put") == [405]


def _days(wishes: int, ranking: int, reason: str = "تعطیلی") -> dict[str, str]:
    return {
        "wishes_close_on": jalali_digits(TODAY + timedelta(days=wishes)),
        "ranking_closes_on": jalali_digits(TODAY + timedelta(days=ranking)),
        "reason": reason,
    }


def test_deadlines_are_moved_with_a_reason(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client, path = signed_in(people.officer), _round("round_deadlines")
    assert client.get(path).context["form"]["wishes_close_on"].value() == WISHES_CLOSE.date()
    assert client.post(path, _days(5, 10)).status_code == 302
    match_round.refresh_from_db()
    assert match_round.wishes_close_at == WISHES_CLOSE, "a day that stays keeps its hour"
    assert match_round.ranking_closes_at.astimezone(TEHRAN).isoformat()[:16] == (
        f"{TODAY + timedelta(days=10)}T20:00"
    )
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.reason) == ("set_deadlines", people.officer, "تعطیلی")


@pytest.mark.parametrize(
    ("typed", "faulty"),
    [
        (_days(5, 9, ""), ["reason"]),
        (_days(-1, 9), ["wishes_close_on"]),
        (_days(9, 8), ["ranking_closes_on"]),
        (_days(6, 9), ["wishes_close_on"]),
        (_days(5, 9) | {"wishes_close_on": "x"}, ["wishes_close_on"]),
    ],
)
def test_wrong_deadlines_keep_what_was_typed(
    typed: dict[str, str], faulty: list[str], match_round: MatchRound, people: People,
    signed_in: SignIn,
) -> None:  # fmt: skip
    Holiday.objects.create(
        day=TODAY + timedelta(days=6), confidence=Confidence.HIGH, name_fa="عید", name_en="Feast"
    )
    response = signed_in(people.officer).post(_round("round_deadlines"), typed)
    assert response.status_code == 422
    assert faulty_fields(response.content.decode()) == [f"id_{name}" for name in faulty]
    form = response.context["form"]
    assert {name: form[name].value() for name in typed} == typed
    match_round.refresh_from_db()
    assert match_round.wishes_close_at == WISHES_CLOSE


def test_deadlines_are_moved_by_officers_alone(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert answers(signed_in, who, _round("round_deadlines"), method) == [403] * 4
        assert answers(signed_in, [None], _round("round_deadlines"), method) == [404]
    assert answers(signed_in, [people.officer], _round("round_deadlines"), "put") == [405]


def test_the_deadlines_of_a_frozen_round_stay(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    frozen(match_round, people)
    client = signed_in(people.officer)
    assert client.post(_round("round_deadlines"), _days(5, 30)).status_code == 409


@pytest.mark.parametrize("state", list(State))
def test_a_form_is_shown_only_where_it_can_be_sent(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    in_state(state, people)
    client = signed_in(people.officer)
    shown = [name for name in ("round_change", "round_deadlines", "round_public_value")
             if client.get(_round(name)).status_code == 200]  # fmt: skip
    # A frozen round of `in_state` has its public value already.
    assert shown == {State.DRAFT: ["round_change"], State.OPEN: ["round_deadlines"]}.get(state, [])


def test_the_pages_of_the_public_value_and_others_are_an_officers(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    freeze_round(match_round, by=people.officer_2, at=READY)
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert answers(signed_in, who, _round("round_public_value"), method) == [403] * 4
        assert answers(signed_in, [None], _round("round_public_value"), method) == [404]
    assert answers(signed_in, [people.officer], _round("round_public_value"), "put") == [405]


# Objections


@pytest.fixture
def objection(wish: Application, match_round: MatchRound, people: People) -> Objection:
    """Aylin's objection to a result that `officer` ran."""
    published(match_round, people)
    outcome = result_of(people.aylin, match_round)
    assert outcome is not None
    return raise_objection(outcome, text="گروه من چرا این است؟", by=people.aylin, at=READY)


def _objection(objection: Objection) -> str:
    return reverse("matching:objection_detail", args=[objection.public_id])


def test_objections_are_listed_for_officers_overdue_first(
    objection: Objection, people: People, bodies: Bodies, vacancy: Vacancy, signed_in: SignIn,
    clock: SetClock,
) -> None:  # fmt: skip
    late = Objection.objects.create(
        outcome=_another_outcome(objection, bodies), text="-", raised_at=NOW,
        due_at=objection.due_at - timedelta(days=9),
    )  # fmt: skip
    clock(objection.due_at - timedelta(days=1))
    client = signed_in(people.officer_2)
    response = client.get(OBJECTIONS)
    assert [one.pk for one in response.context["waiting"]] == [late.pk, objection.pk]
    assert response.content.decode().count('<span class="tag bad">') == 1
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    assert answers(signed_in, who, OBJECTIONS) == [403] * 4
    assert sent_to_sign_in(signed_in(None).get(OBJECTIONS), OBJECTIONS)
    assert answers(signed_in, [people.officer], OBJECTIONS, "post") == [405]


def _another_outcome(objection: Objection, bodies: Bodies) -> MatchOutcome:
    """Return one more outcome of the same run, as if the student had taken part."""
    first = objection.outcome
    student = student_of(bodies.school, f"more-{MatchOutcome.objects.count()}")
    listed = PreferenceList.objects.create(
        round=first.run.round, student=student, changed_at=NOW,
        pseudonym=f"P{MatchOutcome.objects.count():07d}",
    )  # fmt: skip
    return MatchOutcome.objects.create(
        run=first.run, list=listed, ticket=9, wishes=b"", answer="unplaced"
    )


def test_the_list_of_objections_takes_the_same_queries_for_one_and_thirty(
    objection: Objection, people: People, bodies: Bodies, signed_in: SignIn
) -> None:
    client = signed_in(people.officer_2)
    answered = Objection.objects.create(
        outcome=_another_outcome(objection, bodies), text="-", raised_at=NOW, due_at=NOW,
        state=Ruling.REJECTED, answer="-", answered_by=people.officer_2, answered_at=NOW,
    )  # fmt: skip
    one = queries(client, OBJECTIONS)
    assert client.get(OBJECTIONS).content.decode().count(_objection(answered)) == 1
    for number in range(60):
        Objection.objects.create(
            outcome=_another_outcome(objection, bodies), text="-", raised_at=NOW, due_at=NOW,
            **({"state": Ruling.UPHELD, "answer": "-", "answered_by": people.officer_2,
                "answered_at": NOW} if number % 2 else {}),
        )  # fmt: skip
    assert queries(client, OBJECTIONS) == one
    page = client.get(OBJECTIONS, {"page": 2}).content.decode()
    assert page.count(_objection(answered)) == 1


@pytest.mark.parametrize(
    ("ruling", "state"), [("uphold", Ruling.UPHELD), ("reject", Ruling.REJECTED)]
)
def test_an_objection_is_answered_with_a_reason(
    ruling: str, state: Ruling, objection: Objection, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    clock(READY)
    client, path = signed_in(people.officer_2), _objection(objection)
    response = client.get(path)
    assert [wish.code for wish in response.context["wishes"]] == ["placed"]
    page = response.content.decode()
    assert page.count("گروه من چرا این است؟") == 1
    assert page.count("Aylin") == 0
    for typed, faulty in (
        ({"ruling": ""}, ["ruling", "answer"]),
        ({"ruling": ruling, "answer": " "}, ["answer"]),
        ({"ruling": "maybe", "answer": "ب"}, ["ruling"]),
    ):
        wrong = client.post(path, typed)
        assert wrong.status_code == 422
        assert faulty_fields(wrong.content.decode()) == [f"id_{name}" for name in faulty]
    answer = client.post(path, {"ruling": ruling, "answer": "دیدیم"})
    assert (answer.status_code, answer.url) == (302, OBJECTIONS)
    objection.refresh_from_db()
    assert (objection.state, objection.answer, objection.answered_by) == (
        state, "دیدیم", people.officer_2,
    )  # fmt: skip
    page = client.get(path).content.decode()
    assert (page.count("دیدیم"), page.count('name="answer"')) == (1, 0)
    assert client.post(path, {"ruling": ruling, "answer": "باز"}).status_code == 409


def test_who_ran_the_round_does_not_answer_objections_to_it(
    objection: Objection, people: People, signed_in: SignIn
) -> None:
    client, path = signed_in(people.officer), _objection(objection)
    page = client.get(path).content.decode()
    assert (page.count('name="answer"'), page.count(_said(SECOND_OFFICER))) == (0, 1)
    assert client.post(path, {"ruling": "reject", "answer": "نه"}).status_code == 409
    objection.refresh_from_db()
    assert objection.state == Ruling.OPEN


def test_an_objection_is_for_officers_alone(
    objection: Objection, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.sara, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert answers(signed_in, who, _objection(objection), method) == [404] * 4
        assert answers(signed_in, [None], _objection(objection), method) == [404]
    nowhere = reverse("matching:objection_detail", args=[uuid.uuid4()])
    assert answers(signed_in, [people.officer], nowhere) == [404]
    assert answers(signed_in, [people.officer], _objection(objection), "put") == [405]


def test_the_pseudonym_of_a_student_is_not_on_a_rounds_page(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    client: Client = signed_in(people.officer)
    page = client.get(_round("round_detail")).content.decode()
    assert page.count(pseudonym_of(people.aylin, match_round)) == 0
    assert page.count("Aylin") == 0
