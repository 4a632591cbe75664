"""Codes of their own: strangers use up neither an owner's nor another purpose's."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.conf import settings as live
from django.db import connection
from django.utils import translation

from courses.notices.actions import send_code
from courses.notices.kinds import KINDS
from courses.notices.models import Code, Notice
from courses.notices.queries import PROVE, RESET, SIGN_IN, codes_by_share
from courses.notices.rules import KNOWN_BROWSERS, ended_shares
from courses.notices.states import CodeShare
from tests.cast import NOW, People
from tests.codes import MOBILE

pytestmark = pytest.mark.django_db

HERS, LAB = "a" * 64, "b" * 64


def ask(to: str = MOBILE, purpose: str = SIGN_IN, **facts: Any) -> bool:
    """Ask for a code; tell whether it went out."""
    asked = {"channel": "sms", "at": NOW, "subject": to} | facts
    return send_code(purpose, to=to, **asked).goes_out


def number(place: int) -> str:
    """Return one of many numbers."""
    return f"+98915{place:07d}"


@pytest.mark.parametrize("purpose", [SIGN_IN, RESET, PROVE])
def test_strangers_do_not_use_up_the_codes_of_a_browser_the_number_knows(
    settings: Any, purpose: str
) -> None:
    settings.JAVAR_CODES_PER_NUMBER = settings.JAVAR_CODES_PER_KNOWN_BROWSER = 3
    strangers = [ask(purpose=purpose, subject=f"{n}", asked_from="10.0.0.1") for n in range(5)]
    assert strangers == [True] * 3 + [False] * 2
    hers = [ask(known_by=HERS, asked_from="10.0.0.1") for _time in range(4)]
    assert hers == [True] * 3 + [False]
    assert ask(known_by=HERS, at=NOW + timedelta(days=1)) is True


def test_an_owner_does_not_use_up_the_codes_of_a_new_telephone(settings: Any) -> None:
    settings.JAVAR_CODES_PER_NUMBER = settings.JAVAR_CODES_PER_KNOWN_BROWSER = 2
    assert [ask(known_by=HERS) for _time in range(3)] == [True, True, False]
    assert [ask() for _time in range(3)] == [True, True, False]


def test_a_shared_computer_does_not_use_up_the_codes_of_the_owner_s_telephone(
    settings: Any,
) -> None:
    settings.JAVAR_CODES_PER_KNOWN_BROWSER = 2
    assert [ask(known_by=LAB) for _time in range(3)] == [True, True, False]
    assert [ask(known_by=HERS) for _time in range(3)] == [True, True, False]


def test_many_known_browsers_together_have_a_ceiling_too(settings: Any) -> None:
    settings.JAVAR_CODES_PER_KNOWN_BROWSER = 2
    sent = [ask(known_by=f"{turn % 6}" * 64) for turn in range(12)]
    assert sum(sent) == 2 * KNOWN_BROWSERS


def test_an_account_that_proves_is_held_though_the_number_knows_its_browser(settings: Any) -> None:
    settings.JAVAR_CODES_PER_NUMBER = 2
    sent = [ask(number(n), PROVE, subject="7", known_by=HERS) for n in range(3)]
    assert sent == [True, True, False]


def test_a_known_browser_is_not_held_by_its_address(settings: Any) -> None:
    settings.JAVAR_CODES_PER_ADDRESS = 2
    for place in range(3):
        ask(number(place), goes_out=False, asked_from="10.0.0.1")
    assert ask(asked_from="10.0.0.1") is False
    assert ask(asked_from="10.0.0.1", known_by=HERS) is True


@pytest.mark.parametrize(("flood", "other"), [(PROVE, SIGN_IN), (SIGN_IN, PROVE)])
def test_sign_ups_and_sign_ins_of_one_address_do_not_hold_each_other(
    settings: Any, flood: str, other: str
) -> None:
    settings.JAVAR_CODES_PER_ADDRESS = 2
    flooded = [ask(number(place), flood, asked_from="10.0.0.1") for place in range(3)]
    assert flooded == [True, True, False]
    assert ask(purpose=other, asked_from="10.0.0.1") is True


FLOODS = {
    "sign-ups": (PROVE, "", "prove"),
    "strangers": (SIGN_IN, "", "strangers"),
    "resets": (RESET, "", "strangers"),
    "known browsers": (SIGN_IN, HERS, "known"),
}


@pytest.mark.parametrize(("purpose", "known_by", "share"), FLOODS.values(), ids=FLOODS)
def test_a_flood_of_one_kind_leaves_the_others_their_share(
    settings: Any, people: People, purpose: str, known_by: str, share: str
) -> None:
    settings.JAVAR_CODES_A_DAY, settings.JAVAR_CODES_SHARE = 20, 25
    flooded = [ask(number(n), purpose, known_by=known_by, asked_from="x") for n in range(14)]
    assert flooded == [True] * 10 + [False] * 4
    told = Notice.objects.get()
    assert (told.recipient, told.values) == (people.admin, {"ceiling": share})

    others = [one for one in FLOODS.values() if one[2] != share and one[0] != RESET]
    for kind, known, _share in others:
        sent = [ask(number(50 + n), kind, known_by=known, asked_from="x") for n in range(7)]
        assert sent == [True] * 5 + [False] * 2
    assert Code.objects.filter(goes_out=True).count() == 20
    assert Counter(one.values["ceiling"] for one in Notice.objects.all()) == Counter(CodeShare)


def test_every_ceiling_has_words_in_the_keeper_s_language() -> None:
    kind = KINDS["notices.codes_ceiling"]
    with translation.override("fa"):
        said = [kind.says({"ceiling": name}) for name in kind.words["ceiling"]]
    assert {*CodeShare, "address", "number", "known_number"} < {*kind.words["ceiling"]}
    assert len(set(said)) == len(said)
    assert not [one for one in said if any("a" <= sign <= "z" for sign in one)]


@pytest.mark.parametrize("kept", [0, 25, 33])
def test_shares_never_pass_the_whole_and_each_gets_what_is_kept(settings: Any, kept: int) -> None:
    settings.JAVAR_CODES_A_DAY, settings.JAVAR_CODES_SHARE = 12, kept
    mine = 12 * kept // 100
    reached = {(0, 0, 0)}
    for sent in product(range(13), repeat=3):
        # In the order of numbers each state comes after those it is one code away from.
        if sent not in reached:
            continue
        ended = ended_shares(dict(zip(CodeShare, sent, strict=True)))
        assert sum(sent) <= 12
        for place, share in enumerate(CodeShare):
            assert sent[place] >= mine or share not in ended
            if share not in ended:
                reached.add((*sent[:place], sent[place] + 1, *sent[place + 1 :]))
    assert max(one[0] for one in reached) == 12 - 2 * mine


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lane", ["number", "browser", "share"])
def test_ceilings_hold_for_codes_asked_for_at_one_moment(settings: Any, lane: str) -> None:
    settings.JAVAR_CODES_PER_NUMBER = settings.JAVAR_CODES_PER_KNOWN_BROWSER = 2
    settings.JAVAR_CODES_A_DAY = 12 if lane == "share" else 5000

    def at_once(turn: int) -> tuple[str, bool]:
        known = HERS if lane == "browser" or turn % 2 else ""
        to = number(turn) if lane == "share" else MOBILE
        try:
            return known, ask(to, known_by=known, asked_from="10.0.0.1")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        sent = Counter(known for known, went in threads.map(at_once, range(24)) if went)
    # Of twelve, a quarter is kept for confirming numbers, which nobody does here.
    assert sum(sent.values()) == {"number": 4, "browser": 2, "share": 9}[lane]
    assert min(sent.values()) >= {"number": 2, "browser": 2, "share": 3}[lane]
    assert codes_by_share(NOW - timedelta(days=1))[CodeShare.PROVE] == 0


def test_the_settings_as_shipped_keep_something_for_each() -> None:
    kept = live.JAVAR_CODES_A_DAY * live.JAVAR_CODES_SHARE // 100
    assert kept * len(CodeShare) < live.JAVAR_CODES_A_DAY
    assert kept > live.JAVAR_CODES_PER_KNOWN_BROWSER * KNOWN_BROWSERS
