"""A student's pages: who may, what changes, what a wrong answer looks like."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.actions import apply_to
from courses.kit import audit
from courses.matching import queries as match_queries
from courses.matching.actions.answers import accept_place, decline_place
from courses.matching.actions.rounds import open_round
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import (
    Application,
    Explanation,
    MatchOutcome,
    MatchRound,
    PreferenceList,
)
from courses.matching.states import Answer
from courses.notices.models import Notice
from courses.people.actions import record_consent
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn, make_intake
from tests.counting import queries
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    SEED,
    WISHES_CLOSE,
    drafted,
    opened,
    published,
    student_of,
)
from tests.pages import answers, faulty_fields, sent_to_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WISHES = reverse("matching:wish_list")
ROUNDS = reverse("matching:round_list")
NEW = reverse("matching:round_draft")


def _round(name: str, code: str = "r-1") -> str:
    return reverse(f"matching:{name}", args=[code])


def _applicants(vacancy: Vacancy, code: str = "r-1") -> str:
    return reverse("matching:applicant_list", args=[code, vacancy.public_id])


def _add(vacancy: Vacancy) -> str:
    return reverse("matching:wish_add", args=[vacancy.public_id])


def _change(wish: Application) -> str:
    return reverse("matching:wish_change", args=[wish.public_id])


def _order(student: User) -> list[str]:
    return list(
        Application.objects.filter(list__student=student).values_list("vacancy__code", flat=True)
    )


# A student's list


def test_wish_list_shows_the_students_own_wishes(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.aylin).get(WISHES).content.decode()
    assert page.count(_change(wish)) == 1
    assert page.count(reverse("vacancies:vacancy_detail", args=[vacancy.public_id])) == 1
    assert signed_in(people.sara).get(WISHES).content.decode().count(_change(wish)) == 0


def test_wish_list_sends_the_anonymous_to_sign_in(signed_in: SignIn, db: None) -> None:
    assert sent_to_sign_in(signed_in(None).get(WISHES), WISHES)


def test_wish_list_is_a_page_for_everybody_with_an_account(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.onlooker, people.owner, people.officer]
    assert answers(signed_in, who, WISHES) == [200] * 4


def test_wish_list_without_a_round(people: People, signed_in: SignIn) -> None:
    drafted(people)
    response = signed_in(people.aylin).get(WISHES)
    assert (response.status_code, response.context["round"], response.context["rows"]) == (
        200,
        None,
        [],
    )


def test_wish_list_only_reads(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    assert [getattr(client, m)(WISHES).status_code for m in ("post", "put", "delete")] == [405] * 3


def test_wish_list_after_the_deadline_has_no_buttons(
    wish: Application, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    page = signed_in(people.aylin).get(WISHES).content.decode()
    assert page.count(_change(wish)) == 0


def test_wish_list_says_what_the_law_says(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    press = make_vacancy(skill="press", minimum_age=18)
    add_wish(opened(people), press, by=people.aylin, at=NOW)
    ((_wish, reasons, _points),) = signed_in(people.aylin).get(WISHES).context["rows"]
    assert [r.code for r in reasons] == ["hazardous:press", "below_minimum"]


def test_wish_list_leads_nowhere_for_a_vacancy_that_was_taken_back(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=NOW)
    client = signed_in(people.aylin)
    page = client.get(WISHES).content.decode()
    detail = reverse("vacancies:vacancy_detail", args=[vacancy.public_id])
    assert (client.get(detail).status_code, page.count(detail)) == (404, 0)
    assert page.count(_change(wish)) == 1


def test_wish_list_takes_the_same_queries_for_one_and_thirty(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy() for _n in range(30)]
    match_round = opened(people, longest_list=30)
    add_wish(match_round, vacancies[0], by=people.aylin, at=NOW)
    for vacancy in vacancies:
        add_wish(match_round, vacancy, by=people.sara, at=NOW)
    counted = [queries(signed_in(who), WISHES) for who in (people.aylin, people.sara)]
    assert counted[0] == counted[1]


def test_wish_add_puts_the_vacancy_on_the_list_once(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    for _again in range(2):
        response = client.post(_add(vacancy))
        assert (response.status_code, response.url) == (302, WISHES)  # type: ignore[attr-defined]
    assert _order(people.aylin) == [vacancy.code]
    line = audit.trail(PreferenceList.objects.get()).get()
    assert (line.verb, line.by, line.at) == ("add_wish", people.aylin, NOW)


def test_wish_add_sends_the_anonymous_to_sign_in(
    match_round: MatchRound, vacancy: Vacancy, signed_in: SignIn
) -> None:
    assert sent_to_sign_in(signed_in(None).post(_add(vacancy)), _add(vacancy))


def test_wish_add_refuses_who_is_no_student_with_a_sentence(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.onlooker, people.owner, people.officer]
    assert answers(signed_in, who, _add(vacancy), "post") == [409] * 4
    elsewhere = "https://elsewhere.example/"
    back = signed_in(people.stranger).post(_add(vacancy), headers={"referer": elsewhere})
    assert back.status_code == 409, "an address of another site is not gone back to"
    here = f"http://testserver{WISHES}"
    back = signed_in(people.stranger).post(_add(vacancy), headers={"referer": here})
    assert (back.status_code, back.url) == (302, here)  # type: ignore[attr-defined]
    assert not Application.objects.exists()


def test_wish_add_knows_published_vacancies_of_a_present_round_only(
    match_round: MatchRound, make_vacancy: MakeVacancy, people: People, signed_in: SignIn,
    clock: SetClock,
) -> None:  # fmt: skip
    client = signed_in(people.aylin)
    draft, later = make_vacancy(draft=True), make_vacancy()
    gone = make_vacancy()
    take_back_vacancy(gone, by=people.owner, reason="-", at=NOW)
    unknown = reverse("matching:wish_add", args=[uuid.uuid4()])
    paths = [_add(draft), _add(gone), unknown, _add(later)]
    assert [client.post(path).status_code for path in paths] == [404, 404, 404, 409]
    clock(WISHES_CLOSE)
    assert client.post(_add(match_round.vacancies.get())).status_code == 409
    assert not Application.objects.exists()


def test_wish_add_without_a_round_is_404(
    vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    drafted(people)
    assert signed_in(people.aylin).post(_add(vacancy)).status_code == 404


def test_wish_add_to_a_full_list_is_refused(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    first, second = make_vacancy(), make_vacancy()
    add_wish(opened(people, longest_list=1), first, by=people.aylin, at=NOW)
    assert signed_in(people.aylin).post(_add(second)).status_code == 409
    assert _order(people.aylin) == [first.code]


def test_wish_change_moves_and_takes_out(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy(code=code) for code in "abc"]
    match_round = opened(people)
    rows = {v.code: add_wish(match_round, v, by=people.aylin, at=NOW) for v in vacancies}
    client = signed_in(people.aylin)
    for code, button, order in (
        ("c", "up", "acb"), ("a", "down", "cab"), ("c", "up", "cab"), ("a", "out", "cb"),
    ):  # fmt: skip
        response = client.post(_change(rows[code]), {button: "1"})
        assert (response.status_code, response.url) == (302, WISHES)  # type: ignore[attr-defined]
        assert _order(people.aylin) == list(order)
    verbs = [line.verb for line in audit.trail(PreferenceList.objects.get())]
    assert verbs == ["add_wish"] * 3 + ["move_wish"] * 3 + ["take_out_wish"]
    assert client.post(_change(rows["a"]), {"out": "1"}).status_code == 404
    assert _order(people.aylin) == ["c", "b"]


def test_wish_change_without_a_button_changes_nothing(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    assert signed_in(people.aylin).post(_change(wish), {"sideways": "1"}).status_code == 302
    assert audit.trail(wish.list).count() == 1


def test_wish_change_is_the_students_own_business(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [
        None, people.stranger, people.sara, people.onlooker, people.owner, people.officer,
    ]  # fmt: skip
    answers = [signed_in(user).post(_change(wish), {"out": "1"}).status_code for user in who]
    assert answers == [404] * 6
    assert _order(people.aylin) == [wish.vacancy.code]


def test_wishes_are_changed_by_post_only(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    assert [client.get(path).status_code for path in (_change(wish), _add(vacancy))] == [405, 405]


def test_wish_change_after_the_deadline_is_refused(
    wish: Application, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    client = signed_in(people.aylin)
    answers = [client.post(_change(wish), {b: "1"}).status_code for b in ("up", "down", "out")]
    assert answers == [409] * 3
    assert _order(people.aylin) == [wish.vacancy.code]


# The result


def test_result_shows_the_place_with_its_reasons(
    wish: Application, match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    for prefix in ("", "/en"):
        response = signed_in(people.aylin).get(prefix + _round("result_detail"))
        assert response.status_code == 200
        assert [(w.vacancy, w.won) for w in response.context["wishes"]] == [(vacancy, True)]


def test_result_is_for_the_student_alone(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    path = _round("result_detail")
    assert signed_in(people.aylin).get(path).status_code == 404, "nothing is published yet"
    published(match_round, people)
    who: list[User | None] = [
        None, people.stranger, people.sara, people.onlooker, people.owner, people.officer,
        people.admin,
    ]  # fmt: skip
    assert answers(signed_in, who, path) == [404] * 7
    assert answers(signed_in, [people.aylin], path, "post") == [405]
    assert answers(signed_in, [people.aylin], _round("result_detail", "none")) == [404]


def test_result_takes_the_same_queries_for_one_and_thirty_wishes(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy(skill="press", minimum_age=18) for _n in range(30)]
    match_round = opened(people, longest_list=30)
    add_wish(match_round, vacancies[0], by=people.aylin, at=NOW)
    for vacancy in vacancies:
        add_wish(match_round, vacancy, by=people.sara, at=NOW)
    published(match_round, people)
    path = _round("result_detail")
    counted = [queries(signed_in(who), path) for who in (people.aylin, people.sara)]
    assert counted[0] == counted[1]


# A firm's applicants


# The whole list at once


def test_the_whole_order_is_written_at_once(
    match_round: MatchRound, make_vacancy: MakeVacancy, people: People, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy() for _number in range(3)]
    match_round.vacancies.add(*vacancies)
    asked = [add_wish(match_round, one, by=people.aylin, at=NOW) for one in vacancies]
    order = [asked[2], asked[0], asked[1]]
    path = reverse("matching:wish_order")
    client = signed_in(people.aylin)
    answer = client.post(path, {"wish": [str(one.public_id) for one in order]})
    assert (answer.status_code, answer.url) == (302, WISHES)  # type: ignore[attr-defined]
    codes = [one.vacancy.code for one in order]
    assert _order(people.aylin) == codes
    # An order of another list changes nothing.
    client.post(path, {"wish": [str(asked[0].public_id)]})
    client.post(path, {"wish": ["x"] * 3})
    assert _order(people.aylin) == codes
    assert signed_in(people.sara).post(path, {"wish": str(asked[0].public_id)}).status_code == 302
    assert _order(people.aylin) == codes


def test_earlier_wishes_are_brought_along(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, make_vacancy: MakeVacancy,
    people: People, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    other = make_vacancy()
    later = opened(people, "r-2")
    assert later.vacancies.count() == 2
    client, path = signed_in(people.aylin), reverse("matching:wish_carry_over")
    assert reverse("matching:wish_carry_over") in client.get(WISHES).content.decode()
    add_wish(later, other, by=people.aylin, at=NOW)
    client.post(path)
    mine = later.lists.get(student=people.aylin).applications.order_by("rank")
    assert [one.vacancy for one in mine] == [other, vacancy]
    # A second time there is nothing left to bring, and a sentence says so.
    assert client.post(path).status_code == 409
    assert mine.count() == 2
    assert path not in client.get(WISHES).content.decode()


def test_the_list_is_taken_back_after_a_question(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    client, path = signed_in(people.aylin), reverse("matching:wish_withdraw")
    assert client.get(path).status_code == 200
    assert _order(people.aylin) == [wish.vacancy.code]
    assert client.post(path).status_code == 302
    assert _order(people.aylin) == []
    assert signed_in(people.stranger).get(path).status_code == 404


def test_the_preview_shows_what_workshops_see_and_nothing_else(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    path = reverse("matching:wish_preview")
    shown = signed_in(people.aylin).get(path).content.decode()
    main = shown[shown.index("<main") : shown.index("</main>")]
    assert wish.list.pseudonym in main
    assert people.aylin.first_name not in main
    assert wish.vacancy.title_fa not in main
    assert signed_in(people.sara).get(path).status_code == 404


def test_the_flight_check_names_what_is_missing(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    checks = signed_in(people.aylin).get(WISHES).context["checks"]
    assert [check.fine for check in checks] == [False, True, False]
    guardian = people.aylin.guardians.get()
    record_consent(guardian, scope="apprenticeship", channel="paper", by=None, at=NOW)
    checks = signed_in(people.aylin).get(WISHES).context["checks"]
    assert [check.fine for check in checks] == [False, True, True]


def test_the_list_shows_a_workshops_rule_with_todays_points(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    publish_scoring_rule(
        vacancy, match_round, lessons=60, quizzes=20, nearness=20, by=people.owner, at=NOW
    )
    response = signed_in(people.aylin).get(WISHES)
    ((_wish, _reasons, points),) = response.context["rows"]
    assert (points.total, list(points.parts)) == (0, ["lessons", "quizzes", "nearness"])
    assert [check.fine for check in response.context["checks"]] == [False, True, False, False]


# The answer


@pytest.fixture
def result(match_round: MatchRound, wish: Application, people: People) -> MatchOutcome:
    """Aylin's published place."""
    published(match_round, people)
    return MatchOutcome.objects.get(list=wish.list)


def test_a_place_is_accepted_with_one_press_and_only_once(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    client = signed_in(people.aylin)
    page = client.get(_round("result_detail")).content.decode()
    assert 'value="accept"' in page
    for _press in range(3):
        answer = client.post(_round("result_answer"), {"answer": "accept"})
        assert (answer.status_code, answer.url) == (302, _round("result_detail"))  # type: ignore[attr-defined]
    result.refresh_from_db()
    assert result.answer == Answer.ACCEPTED
    assert audit.trail(result).filter(verb="accept_place").count() == 1
    assert Notice.objects.filter(kind="matching.place_accepted").count() == 2
    assert 'value="accept"' not in client.get(_round("result_detail")).content.decode()


def test_an_accepted_place_is_given_back_after_a_question(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    client, path = signed_in(people.aylin), _round("result_give_up")
    client.post(_round("result_answer"), {"answer": "accept"})
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    result.refresh_from_db()
    assert result.answer == Answer.WITHDRAWN
    assert client.get(path).status_code == 404


def test_answers_end_with_the_window(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(ANSWERED)
    client = signed_in(people.aylin)
    assert 'value="accept"' not in client.get(_round("result_detail")).content.decode()
    client.post(_round("result_answer"), {"answer": "accept"})
    result.refresh_from_db()
    assert result.answer == Answer.OFFERED


def test_an_answer_is_the_students_own_business(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    others = [None, people.stranger, people.sara, people.owner, people.officer, people.registrar]
    for name in ("result_answer", "result_give_up", "objection_raise"):
        assert answers(signed_in, others, _round(name), "post") == [404] * len(others)


def test_an_objection_waits_for_a_human_with_a_clock(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    client, path = signed_in(people.aylin), _round("objection_raise")
    empty = client.post(path, {"text": "  "})
    assert empty.status_code == 422
    assert faulty_fields(empty.content.decode()) == ["id_text"]
    assert client.post(path, {"text": "کارگاه مرا نمی‌شناسد"}).status_code == 302
    objection = result.objections.get()
    assert (objection.state, objection.text) == ("open", "کارگاه مرا نمی‌شناسد")
    # READY is a Tuesday: Wednesday, Saturday and Sunday are its three working days.
    assert objection.due_at == READY + timedelta(days=5)
    page = client.get(_round("result_detail")).content.decode()
    assert objection.text in page
    assert path not in page
    # A second one waits for the answer to the first.
    client.post(path, {"text": "باز هم"})
    assert result.objections.count() == 1


def test_a_lost_wish_says_what_would_have_had_to_be_different(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    Vacancy.objects.filter(pk=vacancy.pk).update(seats=1)
    for student in (people.aylin, people.sara):
        add_wish(match_round, vacancy, by=student, at=NOW)
    rank_applicants(
        vacancy, match_round,
        {wish: Verdict(tier=2 if wish.list.student == people.sara else 3)
         for wish in match_queries.applicants(vacancy, match_round)},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    published(match_round, people)
    path = reverse("matching:result_wish", args=["r-1", 1])
    client = signed_in(people.aylin)
    assert path in client.get(_round("result_detail")).content.decode()
    response = client.get(path)
    assert [(one["kind"], one["wish"]) for one in Explanation.objects.get().needed] == [
        ("tier", 1), ("seats", 1),
    ]  # fmt: skip
    assert len(response.context["sentences"]) == 2
    # Asked again it is read, not solved; a wish that was won, or is not there, has no such page.
    assert client.get(path).status_code == 200
    assert Explanation.objects.count() == 1
    assert signed_in(people.sara).get(path).status_code == 404
    assert client.get(reverse("matching:result_wish", args=["r-1", 2])).status_code == 404
    assert client.get(reverse("matching:result_wish", args=["r-1", 0])).status_code == 404


# A place whose vacancy was taken back; the round after


def test_a_place_that_was_taken_back_is_not_offered(
    result: MatchOutcome, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=READY)
    client = signed_in(people.aylin)
    page = client.get(_round("result_detail"))
    assert page.context["taken_back"] is True
    assert 'value="accept"' not in page.content.decode()
    assert client.post(_round("result_answer"), {"answer": "accept"}).status_code == 409
    result.refresh_from_db()
    assert result.answer == Answer.OFFERED


def _supplement(match_round: MatchRound, people: People) -> MatchRound:
    closes = ANSWERED + timedelta(days=5)
    draft = drafted(
        people, "r-1s", supplements=match_round, wishes_close_at=closes,
        ranking_closes_at=closes + timedelta(days=1),
    )  # fmt: skip
    return open_round(draft, by=people.officer, at=ANSWERED, seed=SEED)


def test_a_supplementary_round_says_who_may_enter_and_which_seats_are_left(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, people: People, bodies: Bodies,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    other = student_of(bodies.school, "other")
    add_wish(match_round, vacancy, by=other, at=NOW)
    Vacancy.objects.filter(pk=vacancy.pk).update(seats=3)
    published(match_round, people)
    accepted = MatchOutcome.objects.get(list=wish.list)
    accept_place(accepted, by=people.aylin, at=READY)
    decline_place(MatchOutcome.objects.get(list__student=other), by=other, at=READY)
    supplement = _supplement(match_round, people)
    clock(ANSWERED)
    page = signed_in(people.aylin).get(WISHES)
    assert (page.context["kept_out"], page.context["held"]) == (Answer.ACCEPTED, accepted)
    assert _round("result_detail") in page.content.decode()
    page = signed_in(other).get(WISHES)
    assert (page.context["kept_out"], page.context["held"]) == (Answer.DECLINED, None)
    assert reverse("matching:wish_withdraw") not in page.content.decode()
    # Of the three seats one is taken for good.
    add_wish(supplement, vacancy, by=people.sara, at=ANSWERED)
    page = signed_in(people.sara).get(WISHES)
    assert (page.context["kept_out"], page.context["seats"]) == (None, {vacancy.pk: 2})


def test_an_empty_list_is_named_by_the_flight_check(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    checks = signed_in(people.aylin).get("/en" + WISHES).context["checks"]
    assert [(check.fine, check.sentence) for check in checks] == [
        (False, "The list is empty: who wishes nothing takes no part."),
        (False, "Your guardian's consent is not on file yet: your school takes it."),
    ]


def test_the_preview_is_what_the_workshops_own_page_shows(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, version: ProgrammeVersion,
    people: People, bodies: Bodies, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    intake = make_intake(bodies.school, version)
    apply_to(intake, by=people.aylin, at=NOW)
    preview = signed_in(people.aylin).get(reverse("matching:wish_preview")).content.decode()
    clock(RANKING)
    firms = signed_in(people.owner).get(_applicants(vacancy)).content.decode()
    learnt = re.compile(r'<p class="row tight"><span class="tag teal">.*?</p>', re.DOTALL)
    (shown,) = learnt.findall(preview)
    assert learnt.findall(firms) == [shown]
    assert version.title in shown
