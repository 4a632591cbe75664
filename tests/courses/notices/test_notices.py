"""What people are told, where they read it, and how they sign in to read it."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client, RequestFactory

from courses.notices.actions import mark_read, tell
from courses.notices.adapter import AccountAdapter
from courses.notices.kinds import KINDS, declare
from courses.notices.models import Notice
from courses.notices.queries import unread_count, visible_to
from courses.people.actions import register_person
from courses.people.models import User
from tests import databases
from tests.cast import NOW, People, SignIn, prove
from tests.counting import queries

pytestmark = pytest.mark.django_db

KIND = "enrolment.admitted"
VALUES = {"programme": "الگوسازی", "school": "هنرستان"}
LIST, READ, SIGN_IN = "/my/notices/", "/my/notices/read/", "/account/login/"


def tell_of(recipient: User, key: str, *, minutes: int = 0, **changes: Any) -> None:
    """Tell somebody of a seat."""
    plain: dict[str, Any] = {"path": "/my/", "at": NOW + timedelta(minutes=minutes), **VALUES}
    tell(recipient, KIND, key=key, **(plain | changes))


# --- telling and reading


def test_tell_keeps_what_the_sentence_needs(people: People) -> None:
    tell_of(people.aylin, "seat:1")
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.values, notice.path, notice.key) == (
        people.aylin,
        KIND,
        VALUES,
        "/my/",
        "seat:1",
    )
    assert (notice.told_at, notice.read_at) == (NOW, None)
    assert str(notice) == f"{KIND} → {people.aylin.pk}"


def test_same_event_is_told_once_to_a_person(people: People) -> None:
    tell_of(people.aylin, "seat:1")
    tell_of(people.aylin, "seat:1", minutes=5, programme="دیگر")
    tell_of(people.sara, "seat:1")
    tell_of(people.aylin, "seat:2", minutes=1)
    told = Notice.objects.order_by("pk").values_list("recipient__username", "key", "told_at")
    assert list(told) == [
        ("aylin", "seat:1", NOW),
        ("sara", "seat:1", NOW),
        ("aylin", "seat:2", NOW + timedelta(minutes=1)),
    ]
    assert Notice.objects.get(recipient=people.aylin, key="seat:1").values == VALUES


def test_what_has_been_read_is_not_told_anew(people: People) -> None:
    tell_of(people.aylin, "seat:1")
    mark_read(people.aylin, at=NOW)
    tell_of(people.aylin, "seat:1")
    assert unread_count(people.aylin) == 0


def test_telling_is_undone_with_its_event(people: People) -> None:
    with databases.undone():
        tell_of(people.aylin, "seat:1")
        assert Notice.objects.count() == 1
    assert Notice.objects.count() == 0


def test_an_unknown_kind_is_a_mistake_of_the_program(people: People) -> None:
    with pytest.raises(KeyError):
        tell(people.aylin, "enrolment.nonsense", key="a", path="/", at=NOW)
    assert Notice.objects.count() == 0


def test_a_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match=r"notice kind enrolment\.admitted is declared twice"):
        declare(KIND, "-")
    made = declare("test.kind", "%(n)s chairs")
    assert (KINDS.pop("test.kind"), made.says({"n": 3})) == (made, "3 chairs")


def test_every_kind_is_named_after_its_room() -> None:
    rooms = {code.split(".")[0] for code in KINDS}
    assert rooms == {"enrolment", "learning", "matching", "notices"}
    assert [kind.code for kind in KINDS.values()] == list(KINDS)


def test_notices_are_ones_own_and_newest_first(people: People) -> None:
    for minutes, key in enumerate(("a", "b", "c")):
        tell_of(people.aylin, key, minutes=minutes)
    tell_of(people.sara, "hers")
    assert [notice.key for notice in visible_to(people.aylin)] == ["c", "b", "a"]
    assert (unread_count(people.aylin), unread_count(people.sara)) == (3, 1)
    assert (unread_count(people.stranger), list(visible_to(people.stranger))) == (0, [])


def test_mark_read_counts_what_was_new_and_keeps_the_first_reading(people: People) -> None:
    tell_of(people.aylin, "a")
    tell_of(people.sara, "hers")
    assert mark_read(people.aylin, at=NOW + timedelta(hours=1)) == 1
    tell_of(people.aylin, "b")
    assert mark_read(people.aylin, at=NOW + timedelta(hours=2)) == 1
    assert mark_read(people.aylin, at=NOW + timedelta(hours=3)) == 0
    read = Notice.objects.order_by("pk").values_list("key", "read_at")
    assert list(read) == [
        ("a", NOW + timedelta(hours=1)),
        ("hers", None),
        ("b", NOW + timedelta(hours=2)),
    ]


# --- pages


def shown(client: Client, path: str = LIST) -> list[str]:
    """Return the addresses the list of notices leads to."""
    response = client.get(path)
    assert response.status_code == HTTPStatus.OK
    main = response.content.decode().split('<ol class="lines card">')
    return re.findall(r'href="([^"]+)"', main[1].split("</ol>")[0]) if len(main) > 1 else []


def test_list_shows_ones_own_notices(people: People, signed_in: SignIn) -> None:
    tell_of(people.aylin, "a", path="/my/one/")
    tell_of(people.aylin, "b", path="/my/two/", minutes=1)
    tell_of(people.sara, "hers", path="/my/hers/")
    assert shown(signed_in(people.aylin)) == ["/my/two/", "/my/one/"]
    assert shown(signed_in(people.aylin), f"/en{LIST}") == ["/en/my/two/", "/en/my/one/"]
    assert shown(signed_in(people.stranger)) == []
    assert Notice.objects.filter(read_at__isnull=True).count() == 3


def test_list_shows_values_as_text(people: People, signed_in: SignIn) -> None:
    tell_of(people.aylin, "a", programme="<b>x</b>")
    page = signed_in(people.aylin).get(LIST).content.decode()
    assert ("<b>x</b>" in page, "&lt;b&gt;x&lt;/b&gt;" in page) == (False, True)


def test_list_leaves_out_kinds_nobody_declares_any_more(people: People, signed_in: SignIn) -> None:
    tell_of(people.aylin, "a", path="/my/one/")
    Notice.objects.update(kind="studio.closed")
    assert shown(signed_in(people.aylin)) == []


def test_list_shows_the_newest_fifty(people: People, signed_in: SignIn) -> None:
    for number in range(52):
        tell_of(people.aylin, f"n{number}", path=f"/my/{number}/", minutes=number)
    assert shown(signed_in(people.aylin)) == [f"/my/{number}/" for number in range(51, 1, -1)]


def test_list_asks_as_often_for_one_as_for_thirty(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    tell_of(people.aylin, "n0")
    first = queries(client, LIST)
    for number in range(1, 30):
        tell_of(people.aylin, f"n{number}")
    assert queries(client, LIST) == first


def test_read_marks_ones_own_and_a_second_time_does_no_harm(
    people: People, signed_in: SignIn
) -> None:
    tell_of(people.aylin, "a")
    tell_of(people.sara, "hers")
    client = signed_in(people.aylin)
    response = client.post(READ)
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, LIST)
    first = Notice.objects.get(recipient=people.aylin).read_at
    assert first is not None
    assert client.post(READ).status_code == HTTPStatus.FOUND
    assert Notice.objects.get(recipient=people.aylin).read_at == first
    assert Notice.objects.get(recipient=people.sara).read_at is None


def test_the_anonymous_visitor_is_sent_to_sign_in(people: People) -> None:
    tell_of(people.aylin, "a")
    for response, path in ((Client().get(LIST), LIST), (Client().post(READ), READ)):
        assert response.status_code == HTTPStatus.FOUND
        assert response["Location"] == f"{SIGN_IN}?next={path}"
    assert Notice.objects.get().read_at is None


def test_wrong_methods_are_refused(people: People, signed_in: SignIn) -> None:
    tell_of(people.aylin, "a")
    client = signed_in(people.aylin)
    assert client.post(LIST).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.get(READ).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert Notice.objects.get().read_at is None


def test_a_form_from_elsewhere_is_refused(people: People) -> None:
    tell_of(people.aylin, "a")
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.aylin, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(READ).status_code == HTTPStatus.FORBIDDEN
    assert Notice.objects.get().read_at is None


# --- signing in


PASSWORD = "a-long-password"


@pytest.fixture
def nasrin(db: None) -> User:
    """Somebody with a user name, a proven mobile and e-mail, and a password."""
    other = register_person(
        username="other", first_name="O", last_name="S", by=None, password="another-password",
        at=NOW,
    )  # fmt: skip
    prove(other, mobile="+989140000001", email="other@example.org")
    made = register_person(
        username="nasrin", first_name="N", last_name="S", by=None, password=PASSWORD, at=NOW
    )
    return prove(made, mobile="+989140000000", email="nasrin@example.org")


def sign_in(login: str, password: str = PASSWORD, **more: str) -> tuple[Any, str | None]:
    """Fill the sign-in page in; return the answer and who is signed in then."""
    client = Client()
    assert client.get(SIGN_IN).status_code == HTTPStatus.OK
    response = client.post(SIGN_IN, {"login": login, "password": password, **more})
    return response, client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    "login",
    [
        "nasrin",
        "Nasrin",
        " nasrin ",
        "nasrin@example.org",
        "Nasrin@Example.org",
        "+989140000000",
        "09140000000",
        "9140000000",
        "0914 000 0000",
        "۰۹۱۴۰۰۰۰۰۰۰",
        "٠٩١٤-٠٠٠-٠٠٠٠",
    ],
)
def test_one_signs_in_by_user_name_mobile_or_email(nasrin: User, login: str) -> None:
    response, who = sign_in(login)
    assert (response.status_code, response["Location"], who) == (
        HTTPStatus.FOUND,
        "/my/",
        str(nasrin.pk),
    )


def test_signing_in_leads_where_one_wanted_to_go(nasrin: User) -> None:
    response, _who = sign_in("nasrin", next=LIST)
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, LIST)
    response, who = sign_in("nasrin", next="https://elsewhere.example/")
    assert (response["Location"], who) == ("/my/", str(nasrin.pk))


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("nasrin", "another-password"),
        ("09140000000", "another-password"),
        ("nasrin@example.org", "another-password"),
        ("09140000002", "a-long-password"),
        ("nobody", "a-long-password"),
        ("nasrin", ""),
        ("", "a-long-password"),
    ],
)
def test_wrong_sign_in_keeps_what_was_typed(nasrin: User, login: str, password: str) -> None:
    response, who = sign_in(login, password)
    page = response.content.decode()
    assert (response.status_code, who) == (HTTPStatus.UNPROCESSABLE_ENTITY, None)
    summary = page.split('id="errors"')[1].split("</div>")[0]
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', summary)) <= ids
    assert "<li>" in summary
    typed = re.findall(r'<input[^>]*name="login"[^>]*>', page)
    assert (len(typed), f'value="{login}"' in typed[0]) == (1, bool(login))
    assert "another-password" not in page


def test_who_may_no_longer_enter_stays_outside(nasrin: User) -> None:
    User.objects.filter(pk=nasrin.pk).update(is_active=False)
    for login in ("nasrin", "09140000000", "nasrin@example.org"):
        assert sign_in(login)[1] is None


def test_an_account_without_a_password_is_not_entered(people: People) -> None:
    for password in ("", "!", "None"):
        assert sign_in("aylin", password)[1] is None


def test_anybody_may_make_an_account() -> None:
    assert AccountAdapter().is_open_for_signup(RequestFactory().get("/")) is True


def test_adapter_knows_proven_mobiles_in_one_form(nasrin: User) -> None:
    adapter = AccountAdapter()
    register_person(
        username="thief", first_name="T", last_name="S", by=None, mobile="+989149999999", at=NOW
    )
    thief = User.objects.get(username="thief")
    assert adapter.get_user_by_phone("۰۹۱۴۰۰۰۰۰۰۰") == nasrin
    assert adapter.get_user_by_phone("09149999999") is None
    assert adapter.get_phone(nasrin) == ("+989140000000", True)
    assert adapter.get_phone(thief) == ("+989149999999", False)
    nasrin.mobile = None
    assert adapter.get_phone(nasrin) is None
    assert [adapter.clean_phone(text) for text in ("0914 000 0000", "nasrin")] == [
        "+989140000000",
        "nasrin",
    ]


def test_a_password_does_not_count_with_a_number_or_address_that_was_only_typed(
    nasrin: User,
) -> None:
    User.objects.filter(pk=nasrin.pk).update(mobile_proven_at=None, email_proven_at=None)
    for login in ("09140000000", "nasrin@example.org"):
        response, who = sign_in(login)
        assert (response.status_code, who) == (HTTPStatus.UNPROCESSABLE_ENTITY, None)
    assert sign_in("nasrin")[1] == str(nasrin.pk)


def test_two_sisters_with_one_number_are_told_apart_by_their_passwords(nasrin: User) -> None:
    leila = register_person(
        username="leila", first_name="L", last_name="S", by=None, password="leilas-password",
        at=NOW,
    )  # fmt: skip
    prove(leila, mobile="+989140000000")
    assert sign_in("09140000000")[1] == str(nasrin.pk)
    assert sign_in("09140000000", "leilas-password")[1] == str(leila.pk)
    assert sign_in("09140000000", "another-password")[1] is None


@pytest.mark.parametrize(
    ("login", "hashes"), [("09140000000", 2), ("09149999999", 2), ("nasrin", 1), ("nobody", 1)]
)
def test_a_wrong_password_costs_the_same_known_or_not(
    nasrin: User, login: str, hashes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        calls.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    assert sign_in(login, "wrong-password")[1] is None
    assert len(calls) == hashes
