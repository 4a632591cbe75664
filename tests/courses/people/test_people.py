"""Accounts, personal records, guardians and their consents."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from courses.kit import audit
from courses.kit.identity import hide_national_code
from courses.people.actions import (
    AccountInUse,
    Facts,
    NationalCodeTaken,
    forget_person,
    record_consent,
    record_facts,
    register_person,
    remove_guardian,
)
from courses.people.models import Consent, Guardian, PersonalRecord, Relation, User
from courses.people.queries import proven_by_email, proven_by_mobile, record_of, standing_consents
from tests.cast import NOW, People, guardian_of, person, prove

pytestmark = pytest.mark.django_db

CODE = "0001234560"
FACTS = Facts(
    date(2010, 3, 21), "girl", CODE, home_locality=" تبريز ", home_lat=Decimal("38.07"),
    home_lon=Decimal("46.29"),
)  # fmt: skip


def register(name: str = "nasrin", **changes: Any) -> User:
    """Register somebody new."""
    plain: dict[str, Any] = {"first_name": "Nasrin", "last_name": "Sample", "by": None, "at": NOW}
    return register_person(username=name, **(plain | changes))


def test_register_makes_an_account_and_a_line(people: People) -> None:
    made = register(
        "Nasrin", first_name=" نسرين ", last_name="كفاش", by=people.registrar,
        mobile="+989140000000", email="nasrin@example.org", password="a-long-one",
    )  # fmt: skip
    kept = User.objects.get(username="nasrin")
    assert (made, kept.first_name, kept.last_name) == (kept, "نسرین", "کفاش")
    assert (kept.mobile, kept.email, kept.is_sample) == (
        "+989140000000",
        "nasrin@example.org",
        False,
    )
    assert (kept.is_staff, kept.is_superuser, kept.is_active) == (False, False, True)
    assert kept.check_password("a-long-one") is True
    assert (str(kept), record_of(kept)) == ("نسرین کفاش", None)
    line = audit.trail(kept).get()
    assert (line.verb, line.by, line.at, line.facts) == (
        "register_person",
        people.registrar,
        NOW,
        {},
    )


def test_register_without_a_password_leaves_none() -> None:
    made = register(first_name="", last_name="")
    assert (made.has_usable_password(), made.check_password("")) == (False, False)
    assert str(made) == "nasrin"


def test_register_with_facts_writes_the_record_too() -> None:
    made = register(facts=FACTS)
    assert [line.verb for line in audit.trail(made)] == ["register_person", "record_facts"]
    record = PersonalRecord.objects.get(user=made)
    assert (record.birth_date, record.sex, record.home_locality) == (
        date(2010, 3, 21),
        "girl",
        "تبریز",
    )
    assert (record.home_lat, record.home_lon) == (Decimal("38.07"), Decimal("46.29"))
    assert record_of(made) == record
    assert str(record) == str(made.pk)


def test_national_code_is_kept_as_a_hash_and_four_digits() -> None:
    made = register(facts=FACTS)
    record = PersonalRecord.objects.get(user=made)
    assert record.national_code_hash == hide_national_code(CODE, key=settings.NATIONAL_CODE_KEY)
    assert record.national_code_end == "4560"
    everything = str(list(PersonalRecord.objects.values())) + str(list(User.objects.values()))
    everything += str([line.facts for line in audit.trail(made)])
    assert CODE not in everything


def test_one_national_code_is_one_person() -> None:
    register(facts=FACTS)
    before = User.objects.count()
    with pytest.raises(NationalCodeTaken):
        register("other", facts=FACTS)
    assert (User.objects.count(), PersonalRecord.objects.count()) == (before, 1)


def test_people_without_a_code_do_not_collide() -> None:
    for name in ("one", "two"):
        register(name, facts=Facts(date(2010, 1, 1), "boy"))
    assert list(PersonalRecord.objects.values_list("national_code_hash", "national_code_end")) == [
        (None, ""),
        (None, ""),
    ]


def test_facts_written_again_replace_the_one_record(people: People) -> None:
    made = register(facts=FACTS)
    changed = Facts(date(2010, 3, 22), "girl", CODE)
    record = record_facts(made, changed, by=people.registrar, at=NOW)
    assert (PersonalRecord.objects.get(user=made), record.birth_date) == (
        record,
        date(2010, 3, 22),
    )
    assert [(line.by, line.facts) for line in audit.trail(made).filter(verb="record_facts")] == [
        (None, {"first_time": True}),
        (people.registrar, {"first_time": False}),
    ]


def test_user_name_belongs_to_one_person() -> None:
    register(name="nasrin")
    with pytest.raises(IntegrityError), transaction.atomic():
        register("nasrin")


def test_what_is_not_proven_may_be_typed_by_anybody() -> None:
    typed = {"mobile": "+989140000000", "email": "a@example.org"}
    victim, thief = register("victim", **typed), register("thief", **typed)
    prove(victim, **typed)
    thief.refresh_from_db()
    assert (thief.mobile, thief.proven_mobile, thief.proven_email) == ("+989140000000", None, "")


def test_proven_email_belongs_to_one_person_and_a_number_to_a_family() -> None:
    prove(register("nasrin"), mobile="+989140000000", email="a@example.org")
    prove(register("leila"), mobile="+989140000000")
    with pytest.raises(IntegrityError), transaction.atomic():
        prove(register("other"), email="A@Example.org")


def test_many_have_neither_mobile_nor_email() -> None:
    assert [(register(name).mobile, register(f"{name}2").email) for name in ("a", "b")] == [
        (None, ""),
        (None, ""),
    ]


def test_age_is_counted_in_full_years() -> None:
    record = PersonalRecord(birth_date=date(2010, 3, 21))
    assert [record.age_on(day) for day in (date(2026, 3, 20), date(2026, 3, 21))] == [15, 16]


@pytest.mark.parametrize("typed", ["09140000000", "+98 914 000 0000", "۹۱۴۰۰۰۰۰۰۰"])
def test_a_proven_mobile_finds_all_who_proved_it_whatever_form_is_typed(typed: str) -> None:
    sisters = [prove(register(name), mobile="+989140000000") for name in ("nasrin", "leila")]
    register("thief", mobile="+989140000000")
    gone = prove(register("gone"), mobile="+989140000000")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert list(proven_by_mobile(typed)) == sisters


def test_a_mobile_finds_nobody_else() -> None:
    prove(register("nasrin"), mobile="+989140000000")
    register("other")
    found = [list(proven_by_mobile(text)) for text in ("09140000001", "nasrin", "", "None")]
    assert found == [[]] * 4


def test_only_a_proven_email_finds_somebody() -> None:
    made = prove(register("nasrin"), email="A@example.org")
    register("thief", email="b@example.org")
    found = [proven_by_email(text) for text in ("a@EXAMPLE.org ", "b@example.org", "", "nasrin")]
    assert found == [made, None, None, None]


@pytest.fixture
def guardian(people: People) -> Guardian:
    """The father of a girl for whom nobody has consented yet."""
    return Guardian.objects.create(
        student=person("leyla", age=16, consented=False),
        full_name="پدر",
        relation=Relation.FATHER,
        mobile="+989140000001",
    )


def consent(guardian: Guardian, by: User, **changes: Any) -> Consent:
    """Record a consent on paper to the placement."""
    plain: dict[str, Any] = {"scope": "placement", "channel": "paper", "by": by, "at": NOW}
    return record_consent(guardian, **(plain | changes))


def test_consent_is_kept_with_its_channel_and_words(guardian: Guardian, people: People) -> None:
    made = consent(guardian, people.registrar, text_version="2")
    kept = guardian.consents.get()
    assert (kept, kept.guardian, kept.scope, kept.channel, kept.text_version) == (
        made,
        guardian,
        "placement",
        "paper",
        "2",
    )
    assert (kept.given_at, kept.revoked_at, kept.recorded_by) == (NOW, None, people.registrar)
    line = audit.trail(made).get()
    assert (line.verb, line.by, line.at, line.facts) == (
        "record_consent",
        people.registrar,
        NOW,
        {"scope": "placement", "channel": "paper"},
    )
    assert list(standing_consents(guardian.student)) == [made]
    assert (str(guardian), str(made)) == ("پدر", f"{guardian.pk} placement")


def test_same_consent_twice_is_one_row(guardian: Guardian, people: People) -> None:
    first = consent(guardian, people.registrar)
    again = consent(guardian, people.registrar, channel="in_person", at=NOW + timedelta(days=1))
    assert (again, again.channel, again.given_at) == (first, "paper", NOW)
    assert audit.trail(first).count() == 1
    other = consent(guardian, people.registrar, scope="photo")
    assert list(standing_consents(guardian.student).order_by("pk")) == [first, other]


def test_consent_taken_back_may_be_given_again(guardian: Guardian, people: People) -> None:
    first = consent(guardian, people.registrar)
    Consent.objects.filter(pk=first.pk).update(revoked_at=NOW + timedelta(days=1))
    assert list(standing_consents(guardian.student)) == []
    again = consent(guardian, people.registrar, at=NOW + timedelta(days=2))
    assert list(standing_consents(guardian.student)) == [again]
    assert guardian.consents.count() == 2


def test_consent_is_not_taken_back_before_it_was_given(guardian: Guardian, people: People) -> None:
    made = consent(guardian, people.registrar)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(pk=made.pk).update(revoked_at=NOW - timedelta(seconds=1))


def test_consents_are_of_one_student(guardian: Guardian, people: People) -> None:
    consent(guardian, people.registrar)
    other = person("nobody-consented", age=16, consented=False)
    assert list(standing_consents(other)) == []


def test_guardian_stands_once_by_a_student(guardian: Guardian, people: People) -> None:
    again = Guardian(
        student=guardian.student, full_name="-", relation=Relation.MOTHER, mobile=guardian.mobile
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()
    again.student = person("other", age=16, consented=False)
    again.save()
    assert Guardian.objects.filter(mobile=guardian.mobile).count() == 2


def test_names_in_capitals_are_one_name() -> None:
    person("nasrin")
    with pytest.raises(IntegrityError), transaction.atomic():
        register("NASRIN")


def test_an_account_nobody_used_is_emptied(people: People) -> None:
    made = register("unused", facts=FACTS, mobile="+989140000000", email="a@example.org")
    guardian_of(made)
    forget_person(made, by=people.registrar, at=NOW)
    assert (str(made), made.mobile, made.email, made.is_active) == ("unused", None, "", False)
    assert not PersonalRecord.objects.filter(user=made).exists()
    assert not Guardian.objects.filter(student=made).exists()
    line = audit.trail(made).last()
    assert line is not None
    assert (line.verb, line.by, line.at) == ("forget_person", people.registrar, NOW)
    # The code is free for whoever it belongs to.
    assert register("again", facts=FACTS).record.national_code_end == "4560"


def test_an_account_somebody_used_is_kept(people: People) -> None:
    made = register("used", facts=FACTS)
    User.objects.filter(pk=made.pk).update(last_login=NOW)
    made.refresh_from_db()
    with pytest.raises(AccountInUse):
        forget_person(made, by=people.registrar, at=NOW)
    assert PersonalRecord.objects.filter(user=made).count() == 1


def test_a_guardian_who_never_consented_is_struck_out(people: People) -> None:
    made = register("nasrin", facts=FACTS)
    silent = guardian_of(made)
    assert remove_guardian(silent, by=people.registrar, at=NOW) is True
    assert Guardian.objects.filter(student=made).count() == 0
    line = audit.trail(made).last()
    assert line is not None
    assert (line.verb, line.by) == ("remove_guardian", people.registrar)


def test_a_guardian_who_consented_stays(guardian: Guardian, people: People) -> None:
    consent(guardian, people.registrar)
    assert remove_guardian(guardian, by=people.registrar, at=NOW) is False
    assert Guardian.objects.filter(pk=guardian.pk).count() == 1
