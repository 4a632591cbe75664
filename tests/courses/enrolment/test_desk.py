"""The numbers of an intake's funnel, and what a deed on many rows reports of each."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import translation

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, refusals
from courses.enrolment.models import Enrolment
from courses.enrolment.queries import funnel
from courses.enrolment.states import State
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.kit.refusal import IllegalMove
from tests.cast import NOW, Bodies, People, SignIn, guardian_of, make_intake, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def numbers(intake: Any) -> dict[str, int]:
    return {step.name: step.reached for step in funnel(intake)}


def test_funnel_counts_every_stage_of_a_whole_history(
    bodies: Bodies, people: People, version: ProgrammeVersion, signed_in: SignIn
) -> None:
    intake = make_intake(bodies.school, version, seats=3)
    beside = make_intake(bodies.school, version, seats=3, code="beside")
    stages = ("asked", "seat", "sure", "enrolled", "completed")

    def has(*reached: int) -> None:
        assert numbers(intake) == dict(zip(stages, reached, strict=True))
        assert numbers(beside) == dict.fromkeys(stages, 0)

    has(0, 0, 0, 0, 0)
    minor = person("minor", age=16, consented=False)
    guardian_of(minor)
    waiting = [person(f"w{n}", age=16) for n in range(4)]
    places = [
        actions.apply_to(intake, by=student, at=NOW)
        for student in (people.aylin, people.sara, minor, *waiting)
    ]
    aylin, sara, _held, first, second, _third, fourth = places
    assert [place.state for place in places] == ["admitted"] * 2 + ["held"] + ["waitlisted"] * 4
    has(7, 3, 2, 0, 0)

    for place in (aylin, sara):
        actions.enrol(place, by=people.registrar, at=NOW)
    has(7, 3, 2, 2, 0)
    # Leaving takes nobody out of a stage that was reached; the next one is given the seat.
    actions.withdraw(sara, by=people.sara, at=NOW)
    has(7, 4, 2, 2, 0)
    first.refresh_from_db()
    actions.accept_offer(first, by=waiting[0], at=NOW)
    has(7, 4, 3, 2, 0)
    # No consent comes: the seat goes on; the second answers no, and the third never.
    lapsed = NOW + timedelta(days=intake.hold_days, hours=1)
    sweep_now(lapsed)
    second.refresh_from_db()
    actions.decline_offer(second, by=waiting[1], at=lapsed)
    has(7, 6, 3, 2, 0)
    actions.withdraw(fourth, by=waiting[3], at=lapsed)
    sweep_now(lapsed + timedelta(hours=intake.offer_hours + 1))
    for place in places:
        place.refresh_from_db()
    assert [place.state for place in places] == [
        State.ENROLLED, State.WITHDRAWN, State.EXPIRED, State.ACCEPTED, State.DECLINED,
        State.EXPIRED, State.WITHDRAWN,
    ]  # fmt: skip
    has(7, 6, 3, 2, 0)
    actions.complete(aylin, by=None, at=lapsed)
    has(7, 6, 3, 2, 1)
    # Coming back is another row, and asks once more.
    actions.apply_to(intake, by=people.sara, at=NOW)
    has(8, 7, 4, 2, 1)

    page = signed_in(people.registrar).get(f"/en/intakes/{intake.public_id}/roster/")
    stats = re.findall(r'<li class="card stat">\s*<b>([^<]*)</b>', page.content.decode())
    assert stats[: len(stages)] == ["8", "7", "4", "2", "1"]


def test_bulk_deed_reports_every_row_by_itself(
    bodies: Bodies, people: People, version: ProgrammeVersion, signed_in: SignIn
) -> None:
    intake = make_intake(bodies.school, version, seats=3)
    minor, late = person("minor", age=16, consented=False), person("late", age=16)
    guardian_of(minor)
    admitted, gone, held, waiting = (
        actions.apply_to(intake, by=student, at=NOW)
        for student in (people.aylin, people.sara, minor, late)
    )
    actions.withdraw(gone, by=people.sara, at=NOW)
    waiting.refresh_from_db()
    assert waiting.state == State.OFFERED
    before = {place.pk: audit.trail(place).count() for place in (gone, held, waiting)}

    client = signed_in(people.registrar)
    ticked = [str(place.public_id) for place in (admitted, gone, held, waiting)]
    with translation.override("en"):
        answer = client.post(
            f"/en/intakes/{intake.public_id}/roster/bulk/", {"places": ticked, "verb": "enrol"}
        )
        illegal, missing = str(IllegalMove()), str(refusals.ConsentMissing())
    report = {line.enrolment: (line.done, line.sentence) for line in answer.context["report"]}
    assert report == {
        admitted: (True, ""),
        gone: (False, illegal),
        held: (False, missing),
        waiting: (False, illegal),
    }
    assert answer.context["done"] == 1
    page = unescape(answer.content.decode())
    assert "1 of 4 rows." in page
    for place, said in ((admitted, "done"), (gone, illegal), (held, missing), (waiting, illegal)):
        line = page.split(f"/enrolments/{place.public_id}/")[1].split("</li>")[0]
        assert said in line
    # What succeeded is kept beside what was refused, and a refusal leaves no trace.
    assert dict(Enrolment.objects.values_list("pk", "state")) == {
        admitted.pk: State.ENROLLED, gone.pk: State.WITHDRAWN, held.pk: State.HELD,
        waiting.pk: State.OFFERED,
    }  # fmt: skip
    assert [line.verb for line in audit.trail(admitted)][-1] == "enrol"
    assert {place.pk: audit.trail(place).count() for place in (gone, held, waiting)} == before
