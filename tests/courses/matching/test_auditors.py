"""Auditors: the link, the download and the program with which an outsider recomputes a round."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from courses.kit import audit
from courses.kit.refusal import AlreadyDone, NotAllowed
from courses.matching.actions.auditors import (
    close_auditor_link,
    hand_out_snapshot,
    make_auditor_link,
)
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.wishes import add_wish
from courses.matching.models import AuditorLink, MatchRound
from courses.matching.refusals import NotTheTime
from courses.matching.states import State
from courses.notices.queries import hash_of
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.paths import matching_path
from tests.courses.matching.small_rounds import READY, in_state, opened, published_whomever_it_hurts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ready_clock")]

AUDITOR = reverse("matching:auditor_file")


@pytest.fixture
def token(mixed_round: MatchRound, people: People) -> str:
    """The token of a link for a published round."""
    published_whomever_it_hurts(mixed_round, people)
    return make_auditor_link(
        mixed_round, auditor="دانشگاه", purpose="بازشماری", days=7, by=people.officer, at=READY
    )


def _files(folder: Path, client: Client, token: str) -> list[Path]:
    """Download what an auditor downloads."""
    found = []
    for name, path in (
        ("verify_round.py", AUDITOR), ("ledger.json", matching_path("ledger_json", "r-1")),
        ("snapshot.bin", matching_path("audit_snapshot", token)),
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
    mixed_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published_whomever_it_hurts(mixed_round, people)
    client, path = signed_in(people.officer), matching_path("auditor_list", "r-1")
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
    line = audit.trail(mixed_round).last()
    assert line is not None
    assert (line.verb, line.by, line.reason, line.facts["auditor"]) == (
        "make_auditor_link", people.officer, "بازشماری", "دانشگاه تبریز",
    )  # fmt: skip
    assert token not in str(line.facts)
    again = client.get(path)
    assert again.content.decode().count(token) == 0
    assert [found.pk for found in again.context["links"]] == [link.pk]
    assert (
        make_auditor_link(mixed_round, auditor="-", purpose="-", days=1, by=people.officer) != token
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
    changes: dict[str, str], faulty: list[str], mixed_round: MatchRound, people: People,
    signed_in: SignIn,
) -> None:  # fmt: skip
    published_whomever_it_hurts(mixed_round, people)
    typed = {"auditor": "a", "purpose": "b", "days": "3"} | changes
    response = signed_in(people.officer).post(matching_path("auditor_list", "r-1"), typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert sorted(form.errors) == sorted(faulty)
    assert {name: form[name].value() for name in typed} == typed
    assert not AuditorLink.objects.exists()


def test_links_are_an_officers_business(
    mixed_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published_whomever_it_hurts(mixed_round, people)
    make_auditor_link(mixed_round, auditor="-", purpose="-", days=1, by=people.officer, at=READY)
    link = AuditorLink.objects.get()
    path, close = (
        matching_path("auditor_list", "r-1"),
        matching_path("auditor_close", "r-1", link.public_id),
    )
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
    assert client.post(matching_path("auditor_close", "r-2", link.public_id)).status_code == 404
    with pytest.raises(NotAllowed):
        make_auditor_link(mixed_round, auditor="-", purpose="-", days=1, by=people.owner, at=READY)
    with pytest.raises(NotAllowed):
        close_auditor_link(link, by=people.owner, at=READY)


@pytest.mark.parametrize("state", [State.OPEN, State.FROZEN, State.PROPOSED])
def test_nothing_is_handed_out_before_publication(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn
) -> None:
    match_round = in_state(state, people)
    client, path = signed_in(people.officer), matching_path("auditor_list", "r-1")
    assert client.get(path).content.decode().count('name="auditor"') == 0
    assert client.post(path, {"auditor": "a", "purpose": "b", "days": "3"}).status_code == 409
    # Even a link made by other means waits for the result.
    link = AuditorLink.objects.create(
        round=match_round, token_hash=hash_of("t"), auditor="-", purpose="-",
        made_by=people.officer, made_at=READY, expires_at=READY + timedelta(days=1),
    )  # fmt: skip
    for name in ("audit_detail", "audit_snapshot"):
        assert client.get(matching_path(name, "t")).status_code == 404
    with pytest.raises(NotTheTime):
        hand_out_snapshot(link, at=READY)


def test_a_download_is_counted_and_written_down(
    token: str, mixed_round: MatchRound, client: Client
) -> None:
    path = matching_path("audit_snapshot", token)
    page = client.get(matching_path("audit_detail", token))
    assert page.status_code == 200
    assert page.content.decode().count(f'href="{path}"') == 1
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in page["Cache-Control"]
    response = client.get(path)
    assert response.content == bytes(mixed_round.frozen.content)
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
    assert [client.post(matching_path(name, token)).status_code for name in
            ("audit_detail", "audit_snapshot")] == [405, 405]  # fmt: skip


def test_a_forged_an_outdated_and_a_closed_link_open_nothing(
    token: str, people: People, signed_in: SignIn, clock: SetClock, mixed_round: MatchRound
) -> None:
    def answers(some: str) -> list[int]:
        client = signed_in(None)
        return [client.get(matching_path(name, some)).status_code for name in
                ("audit_detail", "audit_snapshot")]  # fmt: skip

    assert answers(token) == [200, 200]
    for forged in (token[:-1], token + "x", token.swapcase(), "x"):
        assert answers(forged) == [404, 404]
    clock(READY + timedelta(days=7))
    assert answers(token) == [404, 404]
    clock(READY + timedelta(days=1))
    assert answers(token) == [200, 200]
    link = AuditorLink.objects.get()
    client, close = signed_in(people.officer), matching_path("auditor_close", "r-1", link.public_id)
    assert client.post(close).status_code == 302
    assert answers(token) == [404, 404]
    assert client.post(close).status_code == 409
    line = audit.trail(mixed_round).last()
    assert line is not None
    assert (line.verb, line.by) == ("close_auditor_link", people.officer)
    with pytest.raises(AlreadyDone):
        close_auditor_link(link, by=people.officer, at=READY + timedelta(days=2))


def test_a_link_may_be_closed_in_the_moment_it_was_made(
    mixed_round: MatchRound, people: People
) -> None:
    published_whomever_it_hurts(mixed_round, people)
    make_auditor_link(mixed_round, auditor="-", purpose="-", days=1, by=people.officer, at=READY)
    link = close_auditor_link(AuditorLink.objects.get(), by=people.officer, at=READY)
    assert link.expires_at == READY + timedelta(microseconds=1)


def test_the_list_of_links_takes_the_same_queries_for_one_and_thirty(
    token: str, mixed_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    one = queries(client, matching_path("auditor_list", "r-1"))
    for _n in range(30):
        make_auditor_link(mixed_round, auditor="-", purpose="-", days=1, by=people.officer)
    assert queries(client, matching_path("auditor_list", "r-1")) == one


def test_the_exact_points_of_few_are_not_in_the_ledger_and_yet_it_is_right(
    vacancy: Vacancy, people: People, client: Client, tmp_path: Path
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    publish_scoring_rule(
        vacancy, match_round, lessons=100, quizzes=0, nearness=0, by=people.owner, at=NOW
    )
    published_whomever_it_hurts(match_round, people)
    token = make_auditor_link(
        match_round, auditor="-", purpose="-", days=3, by=people.officer, at=READY
    )
    files = _files(tmp_path, client, token)
    account = json.loads(files[1].read_text())
    assert [row["seats"] for row in account["vacancies"]] == [[["open", 2, 1, None]]]
    assert _verdict(*files) == (0, True, False)
