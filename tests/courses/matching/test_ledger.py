"""The ledger: what everybody may read of a round, before and after its publication."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from courses.matching import queries as reads
from courses.matching.actions.runs import check_result, finish_run
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.wishes import add_wish, set_wishes
from courses.matching.market import placement_in
from courses.matching.models import MatchRound
from courses.matching.reasons import Scale
from courses.matching.solver.cutoffs import standing_of
from courses.matching.solver.snapshot import Snapshot
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SignIn
from tests.counting import queries
from tests.courses.matching.accounts import ledger
from tests.courses.matching.paths import matching_path
from tests.courses.matching.small_rounds import (
    READY,
    SEED,
    drafted,
    frozen,
    in_state,
    opened,
    proposed,
    published_whomever_it_hurts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ready_clock")]

AUDITOR = reverse("matching:auditor_file")


LIST = reverse("matching:ledger_list")
SOLVER_KEYS = {
    "round", "lottery_sha256", "snapshot_sha256", "commitment", "seed", "public_value", "placed",
    "result_sha256", "vacancies",
}  # fmt: skip


def _solvers_ledger(mixed_round: MatchRound) -> dict[str, Any]:
    snapshot = Snapshot.from_bytes(bytes(mixed_round.frozen.content))
    packed = snapshot.packed(snapshot.tickets(SEED, mixed_round.public_value))
    place = placement_in(snapshot, bytes(mixed_round.runs.get().result.result))
    whole = ledger(
        snapshot, place, standing_of(packed, place), seed=SEED,
        public_value=mixed_round.public_value,
    )  # fmt: skip
    return dict(json.loads(json.dumps(whole)))


def test_the_published_ledger_is_the_solvers_and_more(
    mixed_round: MatchRound, people: People, client: Client
) -> None:
    published_whomever_it_hurts(mixed_round, people)
    response = client.get(matching_path("ledger_json", "r-1"))
    assert response["Content-Type"] == "application/json"
    told = response.json()
    assert {key: told[key] for key in SOLVER_KEYS} == _solvers_ledger(mixed_round)
    run = mixed_round.runs.get()
    assert {key: told[key] for key in told if key not in SOLVER_KEYS and key != "moves"} == {
        "format": "javar-ledger/1",
        "title": {"fa": "دور پاییز", "en": "Autumn round"},
        "state": "published",
        "is_sample": False,
        "longest_list": 20,
        "public_source": mixed_round.public_source,
        "public_value_source": "the paper of 11 Azar",
        "wishes_close_at": mixed_round.wishes_close_at.isoformat(timespec="seconds"),
        "ranking_closes_at": mixed_round.ranking_closes_at.isoformat(timespec="seconds"),
        "counts": {
            "students": 4, "vacancies": 5, "seats": 9, "wishes": 10, "forbidden": 1,
            "full_lists": 0,
        },
        "verifier": {"violations": [], "finished_at": READY.isoformat(timespec="seconds")},
        "wishes_met": run.report["ranks"],
        "versions": run.versions,
        "checks": [],
    }  # fmt: skip
    assert [(move["verb"], move["by"]) for move in told["moves"]] == [
        ("draft_round", "officer 1"), ("open_round", "officer 1"), ("freeze_round", "officer 2"),
        ("type_in_public_value", "officer 2"), ("start_run", "officer 1"), ("propose", "program"),
        ("approve_result", "officer 2"), ("publish_round", "officer 2"),
    ]  # fmt: skip


@pytest.mark.parametrize("state", [State.OPEN, State.FROZEN, State.RUNNING, State.PROPOSED])
def test_before_publication_the_ledger_has_no_seed_and_no_result(
    state: State, people: People, vacancy: Vacancy, client: Client
) -> None:
    match_round = in_state(state, people)
    told = client.get(matching_path("ledger_json", "r-1")).json()
    missing = {"seed", "placed", "result_sha256", "vacancies", "verifier", "versions",
               "wishes_met", "checks"}  # fmt: skip
    assert missing & told.keys() == set()
    assert ("snapshot_sha256" in told) == (state != State.OPEN)
    assert told["commitment"] == match_round.commitment
    hidden = [
        SEED.hex(),
        *match_round.runs.exclude(result_sha256="").values_list("result_sha256", flat=True),
    ]
    for path in (matching_path("ledger_json", "r-1"), matching_path("ledger_detail", "r-1"), LIST):
        page = client.get(path).content.decode()
        assert [secret for secret in hidden if secret in page] == []


def test_the_ledger_is_everybodys_and_a_draft_nobodys(
    mixed_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    drafted(people, "draft")
    paths = [
        LIST,
        AUDITOR,
        matching_path("ledger_detail", "r-1"),
        matching_path("ledger_json", "r-1"),
    ]
    who: list[User | None] = [None, people.stranger, people.aylin, people.owner, people.officer]
    for user in who:
        client = signed_in(user)
        assert [client.get(path).status_code for path in paths] == [200] * 4
        assert [client.post(path).status_code for path in paths] == [405] * 4
        assert [client.get(matching_path(name, "draft")).status_code for name in
                ("ledger_detail", "ledger_json")] == [404, 404]  # fmt: skip
    assert signed_in(None).get(LIST).content.decode().count("draft") == 0


def test_the_page_shows_the_seed_the_seats_and_the_moves_without_names(
    mixed_round: MatchRound, people: People, client: Client
) -> None:
    published_whomever_it_hurts(mixed_round, people)
    finish_run(check_result(mixed_round, by=people.officer, at=READY), at=READY)
    response = client.get(matching_path("ledger_detail", "r-1"))
    page = response.content.decode()
    run = mixed_round.runs.first()
    assert run is not None
    for once in (SEED.hex(), mixed_round.commitment, mixed_round.snapshot_sha256,
                 run.result_sha256, mixed_round.public_value_source):  # fmt: skip
        assert page.count(once) == 1, once
    with translation.override("fa"):
        assert page.count(gettext("same bytes: yes")) == 1
    rows = [(line["result"].vacancy.code, [kind[:2] for kind in line["kinds"]])
            for line in response.context["lines"]]  # fmt: skip
    open_seats = dict(rows)["kept"][-1]
    assert rows == [
        ("hard", [("other-school فارسی", 1)]),
        ("kept", [("school فارسی", 1), open_seats]),
        ("press", [("", 2)]),
        ("tie", [("", 1)]),
        ("unasked", [("school فارسی", 2), ("", 3)]),
    ]
    # A soft seat its school does not take is one more open seat.
    kept = response.context["lines"][1]["kinds"]
    assert open_seats == ("", 2 - kept[0][2])
    names = [listed.pseudonym for listed in mixed_round.lists.all()]
    names += ["Aylin", "Sara", "Officer", "officer_2"]
    for path in (matching_path("ledger_detail", "r-1"), matching_path("ledger_json", "r-1")):
        text = client.get(path).content.decode()
        assert [name for name in names if name in text] == []


def test_few_seats_with_points_show_tens_on_the_page(
    people: People, make_vacancy: MakeVacancy, client: Client
) -> None:
    few = make_vacancy(code="few", seats=1)
    mixed_round = opened(people)
    publish_scoring_rule(
        few, mixed_round, lessons=100, quizzes=0, nearness=0, by=people.owner, at=NOW
    )
    add_wish(mixed_round, few, by=people.aylin, at=NOW)
    published_whomever_it_hurts(mixed_round, people)
    (line,) = client.get(matching_path("ledger_detail", "r-1")).context["lines"]
    (kind,) = line["kinds"]
    with translation.override("fa"):
        tens, points = (Scale(by_points=True, few_seats=few).last(100) for few in (True, False))
    assert kind[3] == tens != points


def test_the_ledger_takes_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, client: Client
) -> None:
    first = make_vacancy()
    reserve_seats(first, bodies.school, 1, by=None, at=NOW)
    small = opened(people, "small")
    rows = [first, *(make_vacancy() for _n in range(29))]
    for row in rows[1:]:
        reserve_seats(row, bodies.school, 1, by=None, at=NOW)
    large = opened(people, "large")
    set_wishes(small, rows[:1], by=people.aylin, at=NOW)
    for student in (people.aylin, people.sara):
        set_wishes(large, rows[:20], by=student, at=NOW)
    for mixed_round in (small, large):
        published_whomever_it_hurts(mixed_round, people)
    for name in ("ledger_detail", "ledger_json"):
        counted = [queries(client, matching_path(name, code)) for code in ("small", "large")]
        assert counted[0] == counted[1]
    one = queries(client, LIST)
    for number in range(20):
        opened(people, f"more-{number}")
    assert queries(client, LIST) == one


def test_the_seats_of_many_vacancies_are_paged(
    people: People, make_vacancy: MakeVacancy, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.matching.views.ledger.ROWS", 2)
    for code in "abc":
        make_vacancy(code=code)
    published_whomever_it_hurts(opened(people), people)
    shown = [
        [line["result"].vacancy.code for line in client.get(
            matching_path("ledger_detail", "r-1"), {"page": page}).context["lines"]]
        for page in ("1", "2", "x")
    ]  # fmt: skip
    assert shown == [["a", "b"], ["c"], ["a", "b"]]


def test_the_course_counts_officers_and_hides_inner_moves(
    mixed_round: MatchRound, people: People
) -> None:
    proposed(frozen(mixed_round, people), people)
    public = reads.course_of(mixed_round, public=True)
    assert {line.by for line in public} == {None}
    assert [line.officer for line in public] == [1, 1, 2, 2, 1, None]
    make = [line.by for line in reads.course_of(mixed_round, public=False)]
    assert make == [people.officer, people.officer, people.officer_2, people.officer_2,
                    people.officer, None]  # fmt: skip
