"""One-time codes: good once, a few tries, held back by ceilings, and nobody learns who is known."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from courses.notices.actions import check_code, forget_codes, send_code, tell
from courses.notices.models import Code, Message, Notice
from courses.notices.refusals import CodeOver, WrongCode
from courses.people.models import User
from tests.cast import NOW, People
from tests.codes import MOBILE, other, sent_to

pytestmark = pytest.mark.django_db

SIGN_IN = "notices.sign_in_code"


def ask(to: str = MOBILE, **changes: Any) -> Code:
    """Ask for a code to sign in."""
    facts = {"to": to, "channel": "sms", "at": NOW} | changes
    return send_code(SIGN_IN, facts["to"], **facts)


def test_code_goes_out_at_once_and_only_its_hash_is_kept() -> None:
    code = ask()
    message = Message.objects.get()
    assert (message.channel, message.to, message.kind, message.not_before) == (
        "sms", MOBILE, SIGN_IN, NOW,
    )  # fmt: skip
    assert (code.goes_out, len(code.code_hash), code.expires_at - code.made_at) == (
        True, 64, timedelta(minutes=10),
    )  # fmt: skip
    assert sent_to() not in code.code_hash


def test_code_is_good_once_in_any_digits() -> None:
    ask()
    typed = sent_to().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    used = check_code(SIGN_IN, MOBILE, f" {typed} ", at=NOW)
    assert (used.used_at, used.to, used.tries) == (NOW, MOBILE, 1)
    with pytest.raises(CodeOver):
        check_code(SIGN_IN, MOBILE, typed, at=NOW)


def test_five_wrong_tries_kill_a_code_also_for_the_right_digits() -> None:
    ask()
    for _try in range(5):
        with pytest.raises(WrongCode):
            check_code(SIGN_IN, MOBILE, other(sent_to()), at=NOW)
    with pytest.raises(CodeOver):
        check_code(SIGN_IN, MOBILE, sent_to(), at=NOW)
    assert Code.objects.get().tries == 5


def test_right_digits_at_the_fifth_try_are_right() -> None:
    ask()
    for _try in range(4):
        with pytest.raises(WrongCode):
            check_code(SIGN_IN, MOBILE, other(sent_to()), at=NOW)
    assert check_code(SIGN_IN, MOBILE, sent_to(), at=NOW).used_at == NOW


def test_code_is_over_after_ten_minutes() -> None:
    ask()
    with pytest.raises(CodeOver):
        check_code(SIGN_IN, MOBILE, sent_to(), at=NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    "changes", [{"purpose": "notices.prove_code"}, {"subject": "+989140000001"}]
)
def test_code_of_another_purpose_or_subject_is_refused(changes: dict[str, str]) -> None:
    code = ask()
    asked = {"purpose": SIGN_IN, "subject": MOBILE} | changes
    with pytest.raises(CodeOver):
        check_code(asked["purpose"], asked["subject"], sent_to(), code=code.public_id, at=NOW)
    code.refresh_from_db()
    assert (code.tries, code.used_at) == (0, None)


def test_row_that_is_named_is_meant_and_no_other() -> None:
    first = ask()
    digits = sent_to()
    second = ask()
    with pytest.raises(WrongCode):
        check_code(SIGN_IN, MOBILE, digits, code=second.public_id, at=NOW)
    assert check_code(SIGN_IN, MOBILE, digits, code=first.public_id, at=NOW) == first
    with pytest.raises(CodeOver):
        check_code(SIGN_IN, MOBILE, digits, code=uuid.uuid4(), at=NOW)


def test_code_for_nobody_looks_the_same_and_sends_nothing() -> None:
    code = ask(goes_out=False)
    assert Message.objects.count() == 0
    for _try in range(5):
        with pytest.raises(WrongCode):
            check_code(SIGN_IN, MOBILE, "12345x", at=NOW)
    with pytest.raises(CodeOver):
        check_code(SIGN_IN, MOBILE, "12345x", at=NOW)
    code.refresh_from_db()
    assert (code.tries, code.used_at) == (5, None)


def test_tries_are_counted_outside_any_transaction_of_the_request() -> None:
    ask()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        check_code(SIGN_IN, MOBILE, other(sent_to()), at=NOW)


def test_ceiling_of_a_number_holds_codes_back_and_ends(settings: Any) -> None:
    settings.JAVAR_CODES_PER_NUMBER = 3
    assert [ask().goes_out for _time in range(5)] == [True] * 3 + [False] * 2
    assert (Message.objects.count(), Code.objects.count()) == (3, 5)
    assert ask("+989140000001").goes_out is True
    assert ask(at=NOW + timedelta(days=1)).goes_out is True


def test_ceiling_of_an_account_holds_whichever_numbers_it_types(settings: Any) -> None:
    settings.JAVAR_CODES_PER_NUMBER = 2
    sent = [
        send_code("notices.prove_code", "7", to=f"+98914000000{n}", channel="sms", at=NOW)
        for n in range(3)
    ]
    assert [code.goes_out for code in sent] == [True, True, False]


def test_ceiling_of_an_address_counts_unknown_numbers_too(settings: Any, people: People) -> None:
    settings.JAVAR_CODES_PER_ADDRESS = 3
    numbers = [f"+98914000000{n}" for n in range(3)]
    for number in numbers:
        ask(number, goes_out=False, asked_from="10.0.0.1")
    assert ask(asked_from="10.0.0.1").goes_out is False
    assert ask(asked_from="10.0.0.2").goes_out is True
    assert ask().goes_out is True


def test_ceiling_of_the_site_is_told_to_who_keeps_it_once_a_day(
    settings: Any, people: People
) -> None:
    settings.JAVAR_CODES_A_DAY = 2
    sent = [ask(f"+98914000000{n}").goes_out for n in range(5)]
    assert sent == [True, True, False, False, False]
    told = Notice.objects.get()
    assert (told.recipient, told.kind, told.values) == (
        people.admin, "notices.codes_ceiling", {"ceiling": "strangers"},
    )  # fmt: skip
    ask("+989140000007", goes_out=False)
    assert Notice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_codes_asked_for_at_one_moment_count_each_other(settings: Any) -> None:
    settings.JAVAR_CODES_PER_NUMBER = 2

    def at_once(_number: int) -> bool:
        try:
            return ask().goes_out
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(at_once, range(18))) == 2


def test_old_codes_are_forgotten() -> None:
    ask(at=NOW - timedelta(days=3))
    kept = ask()
    assert forget_codes(at=NOW) == 1
    assert list(Code.objects.all()) == [kept]


def test_unproven_people_receive_nothing_but_codes(people: People) -> None:
    User.objects.filter(pk=people.aylin.pk).update(mobile=MOBILE, email="a@example.org")
    people.aylin.refresh_from_db()
    tell(people.aylin, "learning.completed", key="k", path="/my/", at=NOW, course="-")
    assert (Notice.objects.count(), Message.objects.count()) == (1, 0)
