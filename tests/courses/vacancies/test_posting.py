"""Posting, publishing, taking back and reserving; the law is asked at every step that counts."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.law.models import Rule
from courses.skills.models import Occupation, Skill
from courses.vacancies import actions
from courses.vacancies.models import SeatReserve, Vacancy
from courses.vacancies.queries import published, search, visible_to
from courses.vacancies.rules import youngest
from courses.vacancies.states import MOVES, State
from tests.cast import NOW, TODAY, Bodies, MakeVacancy, People, unsaved_vacancy

pytestmark = pytest.mark.django_db


def test_a_posted_vacancy_is_a_draft_its_firm_alone_sees(
    make_vacancy: MakeVacancy, people: People
) -> None:
    draft = make_vacancy(draft=True)
    assert (draft.state, [line.verb for line in audit.trail(draft)]) == (
        State.DRAFT, ["post_vacancy"],
    )  # fmt: skip
    for who, sees in ((people.owner, True), (people.mentor, True), (people.rival, False),
                      (people.stranger, False), (people.officer, False)):  # fmt: skip
        assert visible_to(who).filter(pk=draft.pk).exists() == sees
    assert not published().exists()


def test_publishing_is_said_in_the_trail(make_vacancy: MakeVacancy) -> None:
    vacancy = make_vacancy()
    line = audit.trail(vacancy).last()
    assert line is not None
    assert (line.verb, line.from_state, line.to_state) == ("publish", "draft", "published")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minimum_age": 14}, "too_young"),
        ({"hours_per_day": Decimal("6.5")}, "hours_per_day"),
        ({"hours_per_day": Decimal(6), "days": ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]},
         "hours_per_week"),
        ({"starts_at": time(16), "ends_at": time(22, 30)}, "night"),
        ({"starts_at": time(5, 30)}, "night"),
        ({"days": ["Fri"]}, "rest_day"),
        ({"load_kg": Decimal("10.5")}, "load"),
        ({"skill": "press"}, "hazardous:press"),
        ({"legal_basis": "adult_work"}, "adult_basis"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_law_keeps_a_draft_from_the_public(
    make_vacancy: MakeVacancy, people: People, changes: dict[str, Any], code: str
) -> None:
    draft = make_vacancy(draft=True, **changes)
    with pytest.raises(actions.TheLawForbids) as refusal:
        actions.publish_vacancy(draft, by=people.owner, at=NOW)
    assert code in [reason.code for reason in refusal.value.reasons]
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_the_same_work_is_allowed_for_grown_ups(make_vacancy: MakeVacancy) -> None:
    vacancy = make_vacancy(
        minimum_age=18, skill="press", hours_per_day=Decimal(8), load_kg=Decimal(25),
        legal_basis="adult_work", ends_at=time(23),
    )  # fmt: skip
    assert vacancy.state == State.PUBLISHED


def test_a_tannery_takes_grown_ups_alone(
    make_vacancy: MakeVacancy, bodies: Bodies, people: People
) -> None:
    bodies.firm.variety = "tannery"
    bodies.firm.save()
    with pytest.raises(actions.TheLawForbids):
        make_vacancy()
    assert make_vacancy(minimum_age=18).state == State.PUBLISHED


def test_a_rule_counts_from_its_day_and_while_it_is_switched_on(
    make_vacancy: MakeVacancy,
) -> None:
    Rule.objects.filter(code="R4").update(valid_from=TODAY + timedelta(days=61))
    assert make_vacancy(load_kg=Decimal(15)).state == State.PUBLISHED
    with pytest.raises(actions.TheLawForbids):
        make_vacancy(load_kg=Decimal(15), starts_on=TODAY + timedelta(days=61))
    Rule.objects.filter(code="R4").update(in_force=False)
    assert (
        make_vacancy(load_kg=Decimal(15), starts_on=TODAY + timedelta(days=61)).state
        == State.PUBLISHED
    )


def test_youngest_worker_is_as_old_as_the_minimum_on_the_first_day(
    bodies: Bodies, occupation: Occupation
) -> None:
    worker = youngest(unsaved_vacancy(bodies.firm, occupation, starts_on=TODAY))
    assert worker.age_on(TODAY) == 15
    assert worker.age_on(TODAY - timedelta(days=1)) == 14
    # On 29 February the youngest of 15 was born on 28 February: a leap day has no fifteenth year.
    leap = date(2028, 2, 29)
    worker = youngest(unsaved_vacancy(bodies.firm, occupation, starts_on=leap))
    assert (worker.birth_date, worker.age_on(leap)) == (date(2013, 2, 28), 15)


def test_only_the_owner_posts_changes_publishes_and_takes_back(
    make_vacancy: MakeVacancy, people: People, bodies: Bodies, occupation: Occupation,
    skills: dict[str, Skill],
) -> None:  # fmt: skip
    draft = make_vacancy(draft=True)
    for who in (people.mentor, people.rival, people.stranger, people.officer, people.admin):
        with pytest.raises(NotAllowed):
            actions.post_vacancy(
                unsaved_vacancy(bodies.firm, occupation), skills=[skills["skiving"]], by=who
            )
        with pytest.raises(NotAllowed):
            actions.change_vacancy(draft, skills=[skills["skiving"]], by=who)
        with pytest.raises(NotAllowed):
            actions.publish_vacancy(draft, by=who)
        with pytest.raises(NotAllowed):
            actions.take_back_vacancy(draft, by=who, reason="-")
    assert Vacancy.objects.count() == 1


def test_a_draft_changes_and_a_published_one_does_not(
    make_vacancy: MakeVacancy, people: People, skills: dict[str, Skill]
) -> None:
    draft = make_vacancy(draft=True)
    draft.seats = 5
    actions.change_vacancy(draft, skills=[skills["folding"]], by=people.owner, at=NOW)
    draft.refresh_from_db()
    assert (draft.seats, [s.code for s in draft.skills.all()]) == (5, ["folding"])
    shown = make_vacancy()
    with pytest.raises(actions.NotEditable):
        actions.change_vacancy(shown, skills=[skills["folding"]], by=people.owner, at=NOW)


def test_every_move_of_the_table_is_known(make_vacancy: MakeVacancy, people: People) -> None:
    assert {(move.verb, source): move.target for move in MOVES for source in move.sources} == {
        ("publish", State.DRAFT): State.PUBLISHED,
        ("take_back", State.DRAFT): State.WITHDRAWN,
        ("take_back", State.PUBLISHED): State.WITHDRAWN,
    }
    vacancy = make_vacancy()
    with pytest.raises(IllegalMove):
        actions.publish_vacancy(vacancy, by=people.owner)
    actions.take_back_vacancy(vacancy, by=people.owner, reason="تعطیلی", at=NOW)
    line = audit.trail(vacancy).last()
    assert line is not None
    assert (line.verb, line.to_state, line.reason) == ("take_back", "withdrawn", "تعطیلی")
    for again in (actions.publish_vacancy, actions.take_back_vacancy):
        more = {"reason": "-"} if again is actions.take_back_vacancy else {}
        with pytest.raises(IllegalMove):
            again(vacancy, by=people.owner, **more)


def test_two_owners_who_press_at_once_publish_once(
    make_vacancy: MakeVacancy, people: People
) -> None:
    draft = make_vacancy(draft=True)
    stale = Vacancy.objects.get(pk=draft.pk)
    actions.publish_vacancy(draft, by=people.owner)
    with pytest.raises(IllegalMove):
        actions.publish_vacancy(stale, by=people.owner)


def test_reserves_stay_within_the_seats(vacancy: Vacancy, bodies: Bodies) -> None:
    actions.reserve_seats(vacancy, bodies.school, 1, by=None, at=NOW)
    actions.reserve_seats(vacancy, bodies.school, 2, by=None, at=NOW)
    with pytest.raises(actions.MoreReservedThanSeats):
        actions.reserve_seats(vacancy, bodies.other_school, 1, by=None, at=NOW)
    assert list(SeatReserve.objects.values_list("school__code", "seats", "precedence")) == [
        ("school", 2, 0)
    ]


def test_search_reads_any_spelling_and_filters(make_vacancy: MakeVacancy) -> None:
    bag = make_vacancy(title_fa="کارآموز کیف‌دوزی")
    adult = make_vacancy(title_fa="اپراتور", minimum_age=18, skill="press")
    begun = make_vacancy(title_fa="گذشته")
    on = TODAY + timedelta(days=30)
    for asked in ("کیف", "كيف", "کیف‌دوزی", "کیف دوزی", "کیفدوزی", "bag"):
        assert bag in search(asked=asked, on=on), asked
    assert search(asked="اپراتور", on=on) == [adult]
    assert adult not in search(under_18=True, on=on)
    assert set(search(group="closing", on=on)) == {bag, adult, begun}
    assert search(group="none", on=on) == []
    assert search(on=TODAY + timedelta(days=90)) == []
