"""An officer's rounds and drafts: who may, what is kept, what a wrong answer looks like."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.kit import audit
from courses.kit.calendars import TEHRAN, jalali_digits
from courses.kit.refusal import IllegalMove
from courses.law.models import Confidence, Holiday
from courses.matching.actions import rounds
from courses.matching.actions.rounds import DRAFT_FACTS
from courses.matching.models import MatchRound
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, TODAY, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.paths import round_path
from tests.courses.matching.small_rounds import drafted, opened, published
from tests.pages import answers, faulty_fields, sent_to_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


ROUNDS = reverse("matching:round_list")
NEW = reverse("matching:round_draft")


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
    assert (response.status_code, response.url) == (302, round_path("round_detail", "r-1405-2"))
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
    assert client.get(round_path("round_detail", "r-1-s")).status_code == 200


def test_a_draft_is_changed_until_it_is_opened(
    people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    match_round = drafted(people)
    client, path = signed_in(people.officer_2), round_path("round_change")
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
        assert answers(signed_in, who, round_path("round_change"), method) == [404] * 5
    assert answers(signed_in, [people.officer], round_path("round_change"), "put") == [405]
