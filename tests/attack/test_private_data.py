"""What is private stays where it belongs.

A unique string is planted in every private field of one student's life. Then everybody signs in
and follows every link, and in the admin also every address that takes a number. No answer may
hold a planted string that its reader need not see.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

import pytest
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from PIL import Image

from courses.enrolment.actions import apply_to, check_document, hand_in, withdraw
from courses.enrolment.models import Document, Enrolment, Intake
from courses.imports.models import Batch, Row
from courses.kit.uploads import read_document
from courses.learning.actions import attempt_quiz
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchRound, Standing
from courses.matching.states import Unsuitable
from courses.notices.actions import tell
from courses.notices.models import Message
from courses.organisations.actions import grant_role
from courses.organisations.models import Organisation, Role
from courses.people.actions import Facts, record_consent, register_person
from courses.people.models import Guardian, LookVerdict, PersonalRecord, SignInEvent, User
from courses.people.sign_ins import write_down_sign_in
from courses.vacancies.models import Vacancy
from tests.cast import SignIn

pytestmark = pytest.mark.django_db
# Whole sites are crawled as eight people: a look at every door, run where the attacks are.
crawls = pytest.mark.attack

MARK = "canary"
MOST_PAGES = 400


@dataclass
class Planted:
    """The student and the strings in her life."""

    student: User
    words: dict[str, str]


@pytest.fixture
def planted(sown_site: str, db: None) -> Planted:
    """Plant a string in every private field of a student of the girls' school."""
    words = {
        name: f"{MARK}{name.replace('_', '')}"
        for name in (
            "username", "first_name", "last_name", "email", "home", "guardian", "reason",
            "sentence", "notice", "prior_field", "remark", "row", "looked_reason",
            "agent", "network",
        )
    }  # fmt: skip
    words["mobile"] = "+989009998877"
    words["guardian_mobile"] = "+989009998866"
    words["code_end"] = "7719"
    school = Organisation.objects.get(code="s03")
    registrar = User.objects.get(username="demo-registrar")
    student = register_person(
        username=words["username"], first_name=words["first_name"], last_name=words["last_name"],
        email=f"{words['email']}@example.test", mobile=words["mobile"], by=registrar,
        facts=Facts(
            timezone.now().date() - timedelta(days=16 * 366), "girl", home_locality=words["home"],
            prior_field=words["prior_field"],
        ),
    )  # fmt: skip
    PersonalRecord.objects.filter(user=student).update(national_code_end=words["code_end"])
    guardian = Guardian.objects.create(
        student=student, full_name=words["guardian"], relation="father",
        mobile=words["guardian_mobile"],
    )  # fmt: skip
    Guardian.objects.filter(pk=guardian.pk).update(
        looked_verdict=LookVerdict.GUARDIAN, looked_reason=words["looked_reason"],
        looked_by=registrar, looked_at=timezone.now(),
    )  # fmt: skip
    record_consent(guardian, scope="enrolment:s03", channel="paper", by=registrar)
    grant_role(student, school, Role.STUDENT, by=registrar)
    intake = Intake.objects.get(code="s03-digital-3d-ai-footwear-next")
    withdraw(apply_to(intake, by=student), by=student, reason=words["reason"])
    enrolment = apply_to(intake, by=student)
    lesson = intake.version.lessons[0]
    attempt_quiz(enrolment, lesson.key, {str(n): 1 for n in range(1, 6)}, by=student)
    photo = io.BytesIO()
    Image.new("RGB", (40, 40)).save(photo, "PNG")
    paper = hand_in(enrolment, "photo", read_document("photo.png", photo.getvalue()), by=student)
    check_document(paper, "returned", by=registrar, remark=words["remark"])
    batch = Batch.objects.create(
        kind="enrolment.students", subject=str(intake.public_id), file_name="students.xlsx",
        digest="-", state="applied", total=1, done=1, made_by=registrar, made_at=timezone.now(),
        beat_at=timezone.now(), applied_at=timezone.now(),
    )  # fmt: skip
    Row.objects.create(batch=batch, number=2, label=words["row"], verdict="bad")
    match_round = MatchRound.objects.get(code="r-sample-1")
    vacancy = Vacancy.objects.get(code="v14")
    wish = add_wish(match_round, vacancy, by=student)
    owner = vacancy.firm.memberships.get(role=Role.OWNER).user
    Standing.objects.create(
        application=wish, unsuitable=Unsuitable.OTHER, sentence=words["sentence"],
        given_by=owner, given_at=timezone.now(),
    )  # fmt: skip
    write_down_sign_in("success", account=student, agent=words["agent"], network=words["network"])
    tell(student, "learning.completed", key="canary", path="/my/", programme=words["notice"])
    return Planted(student, words)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"a": "href", "link": "href", "form": "action", "iframe": "src"}.get(tag)
        for name, value in attrs:
            if value and (name == wanted or (name.startswith("data-") and value.startswith("/"))):
                self.found.append(value)


def crawl(client: Client, start: list[str], *, under: str) -> Iterator[tuple[str, str]]:
    """Follow links below a path by GET; yield every page's address and text."""
    waiting, seen = list(start), set(start)
    while waiting and len(seen) <= MOST_PAGES:
        path = waiting.pop(0)
        response = client.get(path)
        if response.streaming:
            continue
        text = response.content.decode(errors="replace")
        yield path, unescape(text)
        if 300 <= response.status_code < 400:
            links = [response.headers["Location"]]
        else:
            reader = _Links()
            reader.feed(text)
            links = reader.found
        for link in links:
            target = urldefrag(urljoin(path, link))[0]
            if target.startswith(under) and "logout" not in target and target not in seen:
                seen.add(target)
                waiting.append(target)


def admin_addresses(values: dict[str, Any]) -> Iterator[str]:
    """Yield every address of the admin that can be built from some object's number."""
    # Two lines of the map: what stands before Wagtail's admin, and the admin itself.
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and str(pattern.pattern) == "admin/":
            yield from _addresses(pattern.url_patterns, "", values)


def _addresses(patterns: list[Any], prefix: str, values: dict[str, Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _addresses(pattern.url_patterns, space, values)
        elif isinstance(pattern, URLPattern) and pattern.name and "logout" not in pattern.name:
            names = pattern.pattern.converters or pattern.pattern.regex.groupindex
            filled = {name: values.get(name, values["pk"]) for name in names}
            groups = pattern.pattern.regex.groups - len(pattern.pattern.regex.groupindex)
            try:
                if groups and not names:
                    yield reverse(f"{prefix}{pattern.name}", args=[values["pk"]] * groups)
                else:
                    yield reverse(f"{prefix}{pattern.name}", kwargs=filled)
            except NoReverseMatch:
                continue


def assert_clean(pages: Iterator[tuple[str, str]], words: dict[str, str]) -> int:
    """See that no page holds a planted string; return how many pages were read."""
    read = 0
    for path, text in pages:
        read += 1
        leaked = {name for name, word in words.items() if word in text}
        assert leaked == set(), f"{path} shows {sorted(leaked)}"
    return read


@crawls
@pytest.mark.parametrize("who", ["demo-editor", "demo-admin"])
def test_admin_shows_no_student(planted: Planted, signed_in: SignIn, who: str) -> None:
    client = signed_in(User.objects.get(username=who))
    # A string of four digits may stand in any page by chance.
    words = {name: word for name, word in planted.words.items() if name != "code_end"}
    assert assert_clean(crawl(client, ["/admin/"], under="/admin/"), words) > 30


@crawls
@pytest.mark.parametrize("who", ["demo-editor", "demo-admin"])
def test_admin_addresses_that_take_a_number_show_no_student(
    planted: Planted, signed_in: SignIn, who: str
) -> None:
    client = signed_in(User.objects.get(username=who))
    words = {name: word for name, word in planted.words.items() if name != "code_end"}
    values = {
        "pk": planted.student.pk, "user_id": planted.student.pk, "app_label": "people",
        "model_name": "user", "content_type_app_name": "people",
        "content_type_model_name": "user", "object_id": planted.student.pk,
    }  # fmt: skip
    client.raise_request_exception = False
    pages = (
        (path, unescape(response.content.decode(errors="replace")))
        for path in admin_addresses(values)
        if not (response := client.get(path)).streaming
    )
    assert assert_clean(pages, words) > 100


@crawls
@pytest.mark.parametrize(
    "who", ["demo-student", "demo-teacher", "demo-registrar", "demo-firm", "demo-officer", None]
)
def test_nobody_but_her_school_reads_about_a_student(
    planted: Planted, signed_in: SignIn, who: str | None
) -> None:
    client = signed_in(User.objects.get(username=who) if who else None)
    words = dict(planted.words)
    del words["code_end"]
    if who in ("demo-registrar", "demo-teacher"):
        # Her own school knows her by name and sees why she left a place; nothing more.
        for known in ("first_name", "last_name", "reason"):
            del words[known]
    if who == "demo-registrar":
        # The registrar keeps the list: papers, imports, and whom to ask for a consent.
        for known in (
            "username",
            "guardian",
            "guardian_mobile",
            "remark",
            "row",
            "looked_reason",
        ):
            del words[known]
    start = ["/my/", "/", "/vacancies/", "/intakes/", "/rounds/r-sample-1/"]
    pages = (page for page in crawl(client, start, under="/") if not page[0].startswith("/admin/"))
    assert assert_clean(pages, words) > 20


@crawls
def test_the_student_herself_sees_her_life(planted: Planted, signed_in: SignIn) -> None:
    """The crawl is sharp: it finds what is there to be found."""
    client = signed_in(planted.student)
    text = "".join(text for _path, text in crawl(client, ["/my/"], under="/"))
    assert {name for name, word in planted.words.items() if word in text} >= {
        "first_name", "reason", "notice", "agent",
    }  # fmt: skip


def test_every_private_field_is_planted() -> None:
    """A new text field of a private table must be planted here, or named as harmless."""
    private: list[type[models.Model]] = [
        User, PersonalRecord, Guardian, Enrolment, Standing, Document, Message, Row,
        SignInEvent,
    ]  # fmt: skip
    texts = {
        f"{model.__name__}.{field.name}"
        for model in private
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
    }
    assert texts == {
        "User.username", "User.first_name", "User.last_name", "User.email", "User.mobile",
        "User.password",  # a hash; no page shows it
        "PersonalRecord.sex",  # a word of two
        "PersonalRecord.national_code_hash",  # a keyed hash; no page shows it
        "PersonalRecord.national_code_end", "PersonalRecord.home_locality",
        "PersonalRecord.prior_field",
        "Guardian.full_name", "Guardian.mobile", "Guardian.relation", "Guardian.looked_reason",
        "Guardian.origin", "Guardian.looked_verdict",  # words of the program's own
        "Enrolment.state", "Standing.unsuitable", "Standing.sentence", "Document.remark",
        "Document.paper", "Document.verdict", "Document.content_type", "Document.extension",
        "Document.sha256", "Message.to", "Message.text", "Message.subject",
        # Words of the program's own.
        "Message.channel", "Message.kind", "Message.key", "Message.state", "Message.lease_owner",
        "Message.last_error", "Row.verdict", "Row.outcome", "Row.answer",
        "Row.label",
        "SignInEvent.agent", "SignInEvent.network",
        "SignInEvent.name_hash", "SignInEvent.address_hash",  # keyed hashes
        # Words of the program's own.
        "SignInEvent.kind", "SignInEvent.way", "SignInEvent.second", "SignInEvent.route",
    }  # fmt: skip
