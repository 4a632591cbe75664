"""Whatever is typed, the answer is a page: no form and no address answers 500."""

import re
from http import HTTPStatus
from random import Random
from urllib.parse import quote

import pytest

from courses.enrolment.models import Enrolment
from courses.organisations.models import Organisation
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests import databases
from tests.cast import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sown_site")]

NASTY = [
    "", "0", "-1", "۱۲", "٣", "9" * 20, "1e9", "nan", "inf", "x" * 5000, "\x00", "\u202e", "<b>",
    "1405/12/30", "1404/12/30", "0000/00/00", "9999/99/99", "1405/9/2", "24:00", "25:61", "8",
    "۸:۳۰", "[]", "{}", "None", "' OR 1=1--", "\u200c", "😀", "²", "½", "１２",
]  # fmt: skip
ROUNDS = 40

FORMS = [
    (None, "/account/login/", ["login", "password"]),
    (None, "/account/signup/", ["first_name", "last_name", "birth_date", "sex", "mobile",
                                "username", "password1", "password2"]),
    (None, "/account/password/reset/", ["login"]),
    (None, "/account/code/", ["mobile"]),
    ("demo-student", "/account/password/change/", ["oldpassword", "password1", "password2"]),
    ("demo-student", "/learn/{seat}/{lesson}/", ["q1", "q2", "q3", "q4", "q5"]),
    ("demo-registrar", "/intakes/{intake}/seats/", ["pool", "seats", "reason"]),
    ("demo-registrar", "/my-school/{school}/intakes/new/",
     ["papers"]),
    ("demo-registrar", "/intakes/{intake}/requirements/", []),
    ("demo-registrar", "/intakes/{intake}/roster/bulk/", ["places", "verb", "reason"]),
    ("demo-registrar", "/intakes/{intake}/review/", ["decide"]),
    ("demo-registrar", "/enrolments/{place}/consent/", ["guardian", "channel"]),
    ("demo-registrar", "/enrolments/{place}/group/", ["group"]),
    ("demo-registrar", "/enrolments/{place}/points/", ["c1", "remark"]),
    ("demo-student", "/enrolments/{place}/leave/", ["reason", "sure"]),
    ("demo-student", "/enrolments/{place}/defer/", ["effective_on", "reason"]),
    ("demo-student", "/enrolments/{place}/transfer/", ["to", "reason", "effective_on"]),
    ("demo-student", "/enrolments/{place}/guardian/", ["full_name", "relation", "mobile"]),
    ("demo-student", "/enrolments/{place}/papers/", ["paper", "file"]),
    ("demo-student", "/enrolments/{place}/answer/", ["answer"]),
    ("demo-student", "/my/notices/choices/", ["enrolment", "quiet", "from", "until"]),
    ("demo-registrar", "/imports/new/enrolment.students/{intake}/", ["file"]),
    ("demo-firm", "/my-firm/{firm}/vacancies/new/",
     ["title_fa", "title_en", "occupation", "skills", "seats", "days", "starts_at", "ends_at",
      "hours_per_day", "load_kg", "starts_on", "ends_on", "minimum_age", "maximum_age",
      "legal_basis", "wage_rial", "duties"]),
    ("demo-firm", "/vacancies/{vacancy}/take-back/", ["reason"]),
    ("demo-officer", "/rounds/new/", ["code", "title_fa", "title_en", "wishes_close_on",
                                      "ranking_closes_on", "longest_list"]),
    ("demo-officer", "/rounds/r-sample-1/end-phase/", ["reason"]),
]  # fmt: skip
ADDRESSES = [
    "/search/?q=%s", "/programmes/?q=%s&level=%s", "/vacancies/?q=%s&group=%s&under18=%s&page=%s",
    "/rounds/%s/", "/intakes/%s/", "/learn/%s/%s/", "/programmes/%s/", "/media/images/%s",
    "/en/schools/%s/", "/my/notices/?page=%s",
    "/enrolments/%s/", "/consent/%s/", "/offer/%s/", "/imports/%s/", "/papers/%s/",
    "/imports/new/%s/%s/", "/imports/example/%s.%s",
]  # fmt: skip


@pytest.fixture
def names() -> dict[str, str]:
    """The identifiers in the addresses."""
    seat = Enrolment.objects.get(student__username="demo-student")
    return {
        "seat": str(seat.public_id),
        "place": str(seat.public_id),
        "lesson": seat.intake.version.lessons[3].slug,
        "intake": str(seat.intake.public_id),
        "school": str(Organisation.objects.get(code="s03").public_id),
        "firm": str(Organisation.objects.get(code="f07").public_id),
        "vacancy": str(Vacancy.objects.filter(firm__code="f07").earliest("pk").public_id),
    }


@pytest.mark.parametrize(("who", "path", "fields"), FORMS, ids=[form[1] for form in FORMS])
def test_forms_answer_whatever_is_typed(
    names: dict[str, str], signed_in: SignIn, who: str | None, path: str, fields: list[str]
) -> None:
    client = signed_in(User.objects.get(username=who) if who else None)
    luck = Random(path)
    page = client.get(path.format(**names))
    if page.status_code == HTTPStatus.OK:
        # Whatever the page itself asks for, beside what it leaves out at first.
        shown = re.findall(r' name="([^"]+)"', page.content.decode().partition("<main")[2])
        fields = sorted({*fields, *shown} - {"csrfmiddlewaretoken"})
    for _round in range(ROUNDS):
        typed = {field: luck.choice(NASTY) for field in fields}
        with databases.undone():
            status = client.post(path.format(**names), typed).status_code
        assert status in {200, 302, 403, 409, 422}, typed


@pytest.mark.parametrize("path", ADDRESSES)
def test_addresses_answer_whatever_stands_in_them(signed_in: SignIn, path: str) -> None:
    client = signed_in(User.objects.get(username="demo-student"))
    for nasty in NASTY:
        status = client.get(path.replace("%s", quote(nasty))).status_code
        assert status in {200, 301, 302, 404}, nasty
