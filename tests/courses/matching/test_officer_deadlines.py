"""An officer moves a round's deadlines, and ends a phase early."""

from datetime import timedelta

import pytest

from courses.kit import audit
from courses.kit.calendars import TEHRAN, jalali_digits
from courses.law.models import Confidence, Holiday
from courses.matching.models import MatchRound
from courses.people.models import User
from tests.cast import NOW, TODAY, People, SetClock, SignIn
from tests.courses.matching.paths import round_path
from tests.courses.matching.small_rounds import RANKING_CLOSES, READY, WISHES_CLOSE, drafted, frozen
from tests.pages import answers, faulty_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_phase_is_ended_with_a_reason(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    path = round_path("round_end_phase")
    assert client.get(path).status_code == 200
    response = client.post(path, {"reason": "همه آماده‌اند"})
    assert (response.status_code, response.url) == (302, round_path("round_detail"))
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
        response = client.post(round_path("round_end_phase"), {"reason": reason})
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
        assert answers(signed_in, who, round_path("round_end_phase"), method) == [403] * 4
        assert answers(signed_in, who, round_path("round_end_phase", "draft"), method) == [404] * 4
        assert answers(signed_in, [None], round_path("round_end_phase"), method) == [404]
    assert answers(signed_in, [people.officer], round_path("round_end_phase"), "put") == [405]


def _days(wishes: int, ranking: int, reason: str = "تعطیلی") -> dict[str, str]:
    return {
        "wishes_close_on": jalali_digits(TODAY + timedelta(days=wishes)),
        "ranking_closes_on": jalali_digits(TODAY + timedelta(days=ranking)),
        "reason": reason,
    }


def test_deadlines_are_moved_with_a_reason(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client, path = signed_in(people.officer), round_path("round_deadlines")
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
    response = signed_in(people.officer).post(round_path("round_deadlines"), typed)
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
        assert answers(signed_in, who, round_path("round_deadlines"), method) == [403] * 4
        assert answers(signed_in, [None], round_path("round_deadlines"), method) == [404]
    assert answers(signed_in, [people.officer], round_path("round_deadlines"), "put") == [405]


def test_the_deadlines_of_a_frozen_round_stay(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    frozen(match_round, people)
    client = signed_in(people.officer)
    assert client.post(round_path("round_deadlines"), _days(5, 30)).status_code == 409


def test_a_phase_ended_twice_does_not_end_the_next(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    client, path = signed_in(people.officer), round_path("round_end_phase")
    page = client.get(path).content.decode()
    assert page.count('name="phase" value="wishes"') == 1
    typed = {"reason": "همه آماده‌اند", "phase": "wishes"}
    assert client.post(path, typed).status_code == 302
    assert client.post(path, typed).status_code == 409
    match_round.refresh_from_db()
    assert match_round.phase(NOW) == "ranking"
    assert match_round.ranking_closes_at == RANKING_CLOSES
