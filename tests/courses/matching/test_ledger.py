"""The public ledger and what auditors download: open to all, true, and naming nobody."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from courses.kit import audit
from courses.kit.refusal import AlreadyDone, NotAllowed
from courses.matching import queries as reads
from courses.matching.actions.auditors import (
    close_auditor_link,
    hand_out_snapshot,
    make_auditor_link,
)
from courses.matching.actions.publishing import acknowledge_effect
from courses.matching.actions.runs import check_result, finish_run
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, set_wishes
from courses.matching.market import placement_in
from courses.matching.models import AuditorLink, MatchRound, ReserveEffect
from courses.matching.reasons import Scale
from courses.matching.refusals import NotTheTime
from courses.matching.solver.cutoffs import standing_of
from courses.matching.solver.ledger import ledger
from courses.matching.solver.snapshot import Snapshot
from courses.matching.states import State, Unsuitable
from courses.notices.queries import hash_of
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import ReserveKind, Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.small_rounds import (
    RANKING,
    READY,
    SEED,
    delivered,
    drafted,
    frozen,
    in_state,
    opened,
    proposed,
    student_of,
)

pytestmark = pytest.mark.django_db

LIST = reverse("matching:ledger_list")
AUDITOR = reverse("matching:auditor_file")
SOLVER_KEYS = {
    "round", "lottery_sha256", "snapshot_sha256", "commitment", "seed", "public_value", "placed",
    "result_sha256", "vacancies",
}  # fmt: skip


@pytest.fixture(autouse=True)
def it_is_ready(clock: SetClock) -> None:
    """Let the site believe that the deadlines have passed."""
    clock(READY)


def _at(name: str, *args: object) -> str:
    return reverse(f"matching:{name}", args=args)


@pytest.fixture
def match_round(people: People, bodies: Bodies, make_vacancy: MakeVacancy) -> MatchRound:
    """An open round with soft and hard reserves, a tie, a refusal by the firm and by the law."""
    rows = {
        "tie": make_vacancy(code="tie", seats=1),
        "kept": make_vacancy(code="kept", seats=2),
        "hard": make_vacancy(code="hard", seats=1),
        "press": make_vacancy(code="press", skill="press", minimum_age=18),
        "unasked": make_vacancy(code="unasked", seats=3),
    }
    reserve_seats(rows["kept"], bodies.school, 1, by=None, at=NOW)
    reserve_seats(rows["unasked"], bodies.school, 2, by=None, at=NOW)
    reserve_seats(rows["hard"], bodies.other_school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    match_round = opened(people)
    students = [
        people.aylin,
        people.sara,
        *(student_of(bodies.other_school, f"b{n}") for n in "12"),
    ]
    for student, codes in zip(
        students, (["press", "tie", "kept"], ["tie", "hard", "kept"], ["kept", "tie"],
                   ["kept", "hard"]), strict=True,
    ):  # fmt: skip
        set_wishes(match_round, [rows[code] for code in codes], by=student, at=NOW)
    kept = reads.applicants(rows["kept"], match_round)
    rank_applicants(
        rows["kept"], match_round,
        {wish: Verdict(tier=1 + number) for number, wish in enumerate(kept[1:])}
        | {kept[0]: Verdict(unsuitable=Unsuitable.HOURS, sentence="-")},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    return match_round


def _out(match_round: MatchRound, people: People) -> MatchRound:
    """Publish an open round, whomever its reserves hurt."""
    ready = proposed(frozen(match_round, people), people)
    for effect in ReserveEffect.objects.filter(run__round=ready):
        acknowledge_effect(effect, by=people.officer_2, at=READY)
    return delivered(ready, people)


def _solvers_ledger(match_round: MatchRound) -> dict[str, Any]:
    snapshot = Snapshot.from_bytes(bytes(match_round.frozen.content))
    packed = snapshot.packed(snapshot.tickets(SEED, match_round.public_value))
    place = placement_in(snapshot, bytes(match_round.runs.get().result.result))
    whole = ledger(
        snapshot, place, standing_of(packed, place), seed=SEED,
        public_value=match_round.public_value,
    )  # fmt: skip
    return dict(json.loads(json.dumps(whole)))


def test_the_published_ledger_is_the_solvers_and_more(
    match_round: MatchRound, people: People, client: Client
) -> None:
    _out(match_round, people)
    response = client.get(_at("ledger_json", "r-1"))
    assert response["Content-Type"] == "application/json"
    told = response.json()
    assert {key: told[key] for key in SOLVER_KEYS} == _solvers_ledger(match_round)
    run = match_round.runs.get()
    assert {key: told[key] for key in told if key not in SOLVER_KEYS and key != "moves"} == {
        "format": "javar-ledger/1",
        "title": {"fa": "دور پاییز", "en": "Autumn round"},
        "state": "published",
        "is_sample": False,
        "longest_list": 20,
        "public_source": match_round.public_source,
        "public_value_source": "the paper of 11 Azar",
        "wishes_close_at": match_round.wishes_close_at.isoformat(timespec="seconds"),
        "ranking_closes_at": match_round.ranking_closes_at.isoformat(timespec="seconds"),
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
    told = client.get(_at("ledger_json", "r-1")).json()
    missing = {"seed", "placed", "result_sha256", "vacancies", "verifier", "versions",
               "wishes_met", "checks"}  # fmt: skip
    assert missing & told.keys() == set()
    assert ("snapshot_sha256" in told) == (state != State.OPEN)
    assert told["commitment"] == match_round.commitment
    hidden = [
        SEED.hex(),
        *match_round.runs.exclude(result_sha256="").values_list("result_sha256", flat=True),
    ]
    for path in (_at("ledger_json", "r-1"), _at("ledger_detail", "r-1"), LIST):
        page = client.get(path).content.decode()
        assert [secret for secret in hidden if secret in page] == []


def test_the_ledger_is_everybodys_and_a_draft_nobodys(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    drafted(people, "draft")
    paths = [LIST, AUDITOR, _at("ledger_detail", "r-1"), _at("ledger_json", "r-1")]
    who: list[User | None] = [None, people.stranger, people.aylin, people.owner, people.officer]
    for user in who:
        client = signed_in(user)
        assert [client.get(path).status_code for path in paths] == [200] * 4
        assert [client.post(path).status_code for path in paths] == [405] * 4
        assert [client.get(_at(name, "draft")).status_code for name in
                ("ledger_detail", "ledger_json")] == [404, 404]  # fmt: skip
    assert signed_in(None).get(LIST).content.decode().count("draft") == 0


def test_the_page_shows_the_seed_the_seats_and_the_moves_without_names(
    match_round: MatchRound, people: People, client: Client
) -> None:
    _out(match_round, people)
    finish_run(check_result(match_round, by=people.officer, at=READY), at=READY)
    response = client.get(_at("ledger_detail", "r-1"))
    page = response.content.decode()
    run = match_round.runs.first()
    assert run is not None
    for once in (SEED.hex(), match_round.commitment, match_round.snapshot_sha256,
                 run.result_sha256, match_round.public_value_source):  # fmt: skip
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
    names = [listed.pseudonym for listed in match_round.lists.all()]
    names += ["Aylin", "Sara", "Officer", "officer_2"]
    for path in (_at("ledger_detail", "r-1"), _at("ledger_json", "r-1")):
        text = client.get(path).content.decode()
        assert [name for name in names if name in text] == []


def test_few_seats_with_points_show_tens_on_the_page(
    people: People, make_vacancy: MakeVacancy, client: Client
) -> None:
    few = make_vacancy(code="few", seats=1)
    match_round = opened(people)
    publish_scoring_rule(
        few, match_round, lessons=100, quizzes=0, nearness=0, by=people.owner, at=NOW
    )
    add_wish(match_round, few, by=people.aylin, at=NOW)
    _out(match_round, people)
    (line,) = client.get(_at("ledger_detail", "r-1")).context["lines"]
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
    for match_round in (small, large):
        _out(match_round, people)
    for name in ("ledger_detail", "ledger_json"):
        counted = [queries(client, _at(name, code)) for code in ("small", "large")]
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
    _out(opened(people), people)
    shown = [
        [line["result"].vacancy.code for line in client.get(
            _at("ledger_detail", "r-1"), {"page": page}).context["lines"]]
        for page in ("1", "2", "x")
    ]  # fmt: skip
    assert shown == [["a", "b"], ["c"], ["a", "b"]]


# Auditors


@pytest.fixture
def token(match_round: MatchRound, people: People) -> str:
    """The token of a link for a published round."""
    _out(match_round, people)
    return make_auditor_link(
        match_round, auditor="دانشگاه", purpose="بازشماری", days=7, by=people.officer, at=READY
    )


def _files(folder: Path, client: Client, token: str) -> list[Path]:
    """Download what an auditor downloads."""
    found = []
    for name, path in (
        ("verify_round.py", AUDITOR), ("ledger.json", _at("ledger_json", "r-1")),
        ("snapshot.bin", _at("audit_snapshot", token)),
    ):  # fmt: skip
        file = folder / name
        file.write_bytes(client.get(path).content)
        found.append(file)
    return found


def _verdict(program: Path, account: Path, whole: Path) -> tuple[int, bool, bool]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(program), str(account), str(whole)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, "right" in done.stdout, "WRONG" in done.stdout


def test_an_outsider_recomputes_the_round_from_what_is_served(
    token: str, client: Client, tmp_path: Path
) -> None:
    program, account, whole = _files(tmp_path, client, token)
    assert _verdict(program, account, whole) == (0, True, False)


def test_one_flipped_byte_is_noticed(token: str, client: Client, tmp_path: Path) -> None:
    program, account, whole = _files(tmp_path, client, token)
    right = whole.read_bytes()
    for place in (0, len(right) // 3, len(right) - 1):
        flipped = bytearray(right)
        flipped[place] ^= 1
        whole.write_bytes(bytes(flipped))
        assert _verdict(program, account, whole)[::2] == (1, True)
    whole.write_bytes(right)
    told = json.loads(account.read_text(encoding="utf-8"))
    for key in ("commitment", "seed", "result_sha256", "snapshot_sha256"):
        first = "0" if told[key][0] != "0" else "1"
        account.write_text(
            json.dumps(told | {key: first + told[key][1:]}, ensure_ascii=False), encoding="utf-8"
        )
        assert _verdict(program, account, whole)[::2] == (1, True), key


def test_the_program_is_served_as_a_download(client: Client) -> None:
    response = client.get(AUDITOR)
    source = Path("courses/matching/audit/verify_round.py")
    assert response.content == source.read_bytes()
    assert response["Content-Type"] == "text/x-python"
    assert response["Content-Disposition"] == 'attachment; filename="verify_round.py"'


def test_a_link_is_kept_as_a_hash_and_shown_once(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    _out(match_round, people)
    client, path = signed_in(people.officer), _at("auditor_list", "r-1")
    typed = {"auditor": "دانشگاه تبريز", "purpose": "بازشماری", "days": "۱۰"}
    response = client.post(path, typed)
    token = response.context["token"]
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    # 18 random bytes are 24 signs, 144 bits.
    assert len(token) == 24
    assert response.content.decode().count(token) == 1
    link = AuditorLink.objects.get()
    assert (link.token_hash, link.auditor, link.made_by, link.expires_at) == (
        hash_of(token), "دانشگاه تبریز", people.officer, READY + timedelta(days=10),
    )  # fmt: skip
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.reason, line.facts["auditor"]) == (
        "make_auditor_link", people.officer, "بازشماری", "دانشگاه تبریز",
    )  # fmt: skip
    assert token not in str(line.facts)
    again = client.get(path)
    assert again.content.decode().count(token) == 0
    assert [found.pk for found in again.context["links"]] == [link.pk]
    assert (
        make_auditor_link(match_round, auditor="-", purpose="-", days=1, by=people.officer) != token
    )


@pytest.mark.parametrize(
    ("changes", "faulty"),
    [
        ({"auditor": " ", "purpose": ""}, ["auditor", "purpose"]),
        ({"days": "0"}, ["days"]),
        ({"days": "۹۱"}, ["days"]),
        ({"days": "many"}, ["days"]),
    ],
)
def test_a_wrong_link_keeps_what_was_typed(
    changes: dict[str, str], faulty: list[str], match_round: MatchRound, people: People,
    signed_in: SignIn,
) -> None:  # fmt: skip
    _out(match_round, people)
    typed = {"auditor": "a", "purpose": "b", "days": "3"} | changes
    response = signed_in(people.officer).post(_at("auditor_list", "r-1"), typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert sorted(form.errors) == sorted(faulty)
    assert {name: form[name].value() for name in typed} == typed
    assert not AuditorLink.objects.exists()


def test_links_are_an_officers_business(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    _out(match_round, people)
    make_auditor_link(match_round, auditor="-", purpose="-", days=1, by=people.officer, at=READY)
    link = AuditorLink.objects.get()
    path, close = _at("auditor_list", "r-1"), _at("auditor_close", "r-1", link.public_id)
    for user in (people.stranger, people.aylin, people.onlooker, people.owner, people.admin):
        client = signed_in(user)
        assert [client.get(path).status_code, client.post(path).status_code,
                client.post(close).status_code] == [403] * 3  # fmt: skip
    assert [signed_in(None).get(path).status_code, signed_in(None).post(close).status_code] == [
        404, 404,
    ]  # fmt: skip
    client = signed_in(people.officer)
    assert (client.put(path).status_code, client.get(close).status_code) == (405, 405)
    opened(people, "r-2")
    assert client.post(_at("auditor_close", "r-2", link.public_id)).status_code == 404
    with pytest.raises(NotAllowed):
        make_auditor_link(match_round, auditor="-", purpose="-", days=1, by=people.owner, at=READY)
    with pytest.raises(NotAllowed):
        close_auditor_link(link, by=people.owner, at=READY)


@pytest.mark.parametrize("state", [State.OPEN, State.FROZEN, State.PROPOSED])
def test_nothing_is_handed_out_before_publication(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    match_round = in_state(state, people)
    client, path = signed_in(people.officer), _at("auditor_list", "r-1")
    assert client.get(path).content.decode().count('name="auditor"') == 0
    assert client.post(path, {"auditor": "a", "purpose": "b", "days": "3"}).status_code == 409
    # Even a link made by other means waits for the result.
    link = AuditorLink.objects.create(
        round=match_round, token_hash=hash_of("t"), auditor="-", purpose="-",
        made_by=people.officer, made_at=READY, expires_at=READY + timedelta(days=1),
    )  # fmt: skip
    for name in ("audit_detail", "audit_snapshot"):
        assert client.get(_at(name, "t")).status_code == 404
    with pytest.raises(NotTheTime):
        hand_out_snapshot(link, at=READY)


def test_a_download_is_counted_and_written_down(
    token: str, match_round: MatchRound, client: Client
) -> None:
    path = _at("audit_snapshot", token)
    page = client.get(_at("audit_detail", token))
    assert page.status_code == 200
    assert page.content.decode().count(f'href="{path}"') == 1
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in page["Cache-Control"]
    response = client.get(path)
    assert response.content == bytes(match_round.frozen.content)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Cache-Control"] == "private, no-store"
    client.head(path)
    link = AuditorLink.objects.get()
    assert link.downloads == 1
    assert [(line.verb, line.by, line.facts) for line in audit.trail(link)] == [
        ("download_snapshot", None, {"round": "r-1"})
    ]
    client.get(path)
    link.refresh_from_db()
    assert link.downloads == 2
    assert [client.post(_at(name, token)).status_code for name in
            ("audit_detail", "audit_snapshot")] == [405, 405]  # fmt: skip


def test_a_forged_an_outdated_and_a_closed_link_open_nothing(
    token: str, people: People, signed_in: SignIn, clock: SetClock, match_round: MatchRound
) -> None:
    def answers(some: str) -> list[int]:
        client = signed_in(None)
        return [client.get(_at(name, some)).status_code for name in
                ("audit_detail", "audit_snapshot")]  # fmt: skip

    assert answers(token) == [200, 200]
    for forged in (token[:-1], token + "x", token.swapcase(), "x"):
        assert answers(forged) == [404, 404]
    clock(READY + timedelta(days=7))
    assert answers(token) == [404, 404]
    clock(READY + timedelta(days=1))
    assert answers(token) == [200, 200]
    link = AuditorLink.objects.get()
    client, close = signed_in(people.officer), _at("auditor_close", "r-1", link.public_id)
    assert client.post(close).status_code == 302
    assert answers(token) == [404, 404]
    assert client.post(close).status_code == 409
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by) == ("close_auditor_link", people.officer)
    with pytest.raises(AlreadyDone):
        close_auditor_link(link, by=people.officer, at=READY + timedelta(days=2))


def test_a_link_may_be_closed_in_the_moment_it_was_made(
    match_round: MatchRound, people: People
) -> None:
    _out(match_round, people)
    make_auditor_link(match_round, auditor="-", purpose="-", days=1, by=people.officer, at=READY)
    link = close_auditor_link(AuditorLink.objects.get(), by=people.officer, at=READY)
    assert link.expires_at == READY + timedelta(microseconds=1)


def test_the_list_of_links_takes_the_same_queries_for_one_and_thirty(
    token: str, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    one = queries(client, _at("auditor_list", "r-1"))
    for _n in range(30):
        make_auditor_link(match_round, auditor="-", purpose="-", days=1, by=people.officer)
    assert queries(client, _at("auditor_list", "r-1")) == one


def test_the_course_counts_officers_and_hides_inner_moves(
    match_round: MatchRound, people: People
) -> None:
    proposed(frozen(match_round, people), people)
    public = reads.course_of(match_round, public=True)
    assert {line.by for line in public} == {None}
    assert [line.officer for line in public] == [1, 1, 2, 2, 1, None]
    make = [line.by for line in reads.course_of(match_round, public=False)]
    assert make == [people.officer, people.officer, people.officer_2, people.officer_2,
                    people.officer, None]  # fmt: skip


def test_exact_points_of_few_are_for_auditors_alone(
    vacancy: Vacancy, people: People, client: Client
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    publish_scoring_rule(
        vacancy, match_round, lessons=100, quizzes=0, nearness=0, by=people.owner, at=NOW
    )
    _out(match_round, people)
    token = make_auditor_link(
        match_round, auditor="-", purpose="-", days=3, by=people.officer, at=READY
    )
    public = client.get(_at("ledger_json", "r-1")).json()
    exact = client.get(_at("audit_ledger", token)).json()
    assert [row["seats"] for row in public["vacancies"]] == [[["open", 2, 1, None]]]
    assert [row["seats"] for row in exact["vacancies"]] == [[["open", 2, 1, 101]]]
