"""Papers: handed in, judged by content, seen by few, forgotten in time."""

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from PIL import Image

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions
from courses.enrolment.models import Document, DocumentLook, Enrolment
from courses.enrolment.refusals import PapersMissing
from courses.enrolment.states import State
from courses.enrolment.tasks import forget_old_documents
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.kit.uploads import CleanDocument
from courses.notices.models import Notice
from tests.cast import NOW, Bodies, People, SignIn, make_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def place(bodies: Bodies, version: ProgrammeVersion, people: People) -> Enrolment:
    """Aylin's place in an intake that asks for two papers."""
    intake = make_intake(
        bodies.school, version, code="papers", parts={"papers": ["photo", "identity"]}
    )
    return actions.apply_to(intake, by=people.aylin, at=NOW)


def picture(shade: int = 200, form: str = "PNG") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (60, 80), (shade, shade, shade)).save(kept, form)
    return kept.getvalue()


def upload(name: str, data: bytes) -> dict[str, Any]:
    return {"paper": "photo", "file": SimpleUploadedFile(name, data)}


def handed_in(place: Enrolment, people: People, signed_in: SignIn, shade: int = 200) -> Document:
    """Let Aylin hand a photograph in by the page."""
    path = f"/enrolments/{place.public_id}/papers/"
    answer = signed_in(people.aylin).post(path, upload("photo.png", picture(shade)))
    assert answer.status_code == 302
    return Document.objects.latest("pk")


def test_photograph_is_drawn_anew_kept_apart_and_given_back_as_a_download(
    place: Enrolment, people: People, signed_in: SignIn, settings: Any
) -> None:
    document = handed_in(place, people, signed_in)
    assert (document.content_type, document.extension, document.handed_in_by) == (
        "image/jpeg", "jpg", people.aylin,
    )  # fmt: skip
    assert str(settings.PRIVATE_ROOT) in document.file.path
    assert "photo" not in document.file.name
    answer = signed_in(people.registrar).get(f"/papers/{document.public_id}/")
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert Image.open(io.BytesIO(answer.content)).size == (60, 80)
    assert [look.by for look in DocumentLook.objects.all()] == [people.registrar]


def test_same_file_twice_is_one_document(
    place: Enrolment, people: People, signed_in: SignIn
) -> None:
    assert handed_in(place, people, signed_in) == handed_in(place, people, signed_in)
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("photo.jpg", b"MZ\x90 a program"),
        ("photo.exe", picture()),
        ("photo.png", b""),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj <</OpenAction 2 0 R>> endobj\n%%EOF"),
    ],
)
def test_what_is_no_paper_is_422_and_nothing_is_kept(
    place: Enrolment, people: People, signed_in: SignIn, name: str, data: bytes
) -> None:
    path = f"/enrolments/{place.public_id}/papers/"
    answer = signed_in(people.aylin).post(path, upload(name, data))
    assert answer.status_code == 422
    assert 'href="#id_file"' in answer.content.decode()
    assert Document.objects.count() == 0


def test_papers_are_seen_by_the_student_and_the_registrar_alone(
    place: Enrolment, people: People, signed_in: SignIn
) -> None:
    document = handed_in(place, people, signed_in)
    answers = {
        who: signed_in(getattr(people, who)).get(f"/papers/{document.public_id}/").status_code
        for who in ("aylin", "registrar", "teacher", "sara", "onlooker", "officer", "admin")
    }
    assert answers == {
        "aylin": 200, "registrar": 200, "teacher": 404, "sara": 404, "onlooker": 404,
        "officer": 404, "admin": 404,
    }  # fmt: skip
    assert signed_in(None).get(f"/papers/{document.public_id}/").status_code == 404
    assert DocumentLook.objects.count() == 2
    with pytest.raises(NotAllowed):
        actions.look_at(document, by=people.teacher, at=NOW)


def test_paper_is_returned_with_a_remark_and_the_newer_counts(
    place: Enrolment, people: People, signed_in: SignIn
) -> None:
    first = handed_in(place, people, signed_in)
    registrar = signed_in(people.registrar)
    check = f"/papers/{first.public_id}/check/"
    without = registrar.post(check, {"verdict": "returned"})
    assert without.status_code == 422
    assert registrar.post(check, {"verdict": "returned", "remark": "تار است"}).status_code == 302
    first.refresh_from_db()
    assert (first.verdict, first.remark, first.checked_by) == (
        "returned", "تار است", people.registrar,
    )  # fmt: skip
    assert Notice.objects.filter(kind="enrolment.paper_returned").get().recipient == people.aylin
    second = handed_in(place, people, signed_in, shade=100)
    with pytest.raises(PapersMissing):
        actions.enrol(place, by=people.registrar, at=NOW)
    actions.check_document(second, "good", by=people.registrar, at=NOW)
    identity = actions.hand_in(place, "identity", _clean(picture(50)), by=people.registrar, at=NOW)
    with pytest.raises(PapersMissing):
        actions.enrol(place, by=people.registrar, at=NOW)
    actions.check_document(identity, "good", by=people.registrar, at=NOW)
    assert actions.enrol(place, by=people.registrar, at=NOW).state == State.ENROLLED
    assert [line.verb for line in audit.trail(second)] == ["hand_in", "check_document"]


def _clean(data: bytes) -> Any:
    from courses.kit.uploads import read_document  # noqa: PLC0415

    return read_document("a.png", data)


def test_file_is_forgotten_after_its_time_and_the_fact_stays(
    place: Enrolment, people: People, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    document = handed_in(place, people, signed_in)
    file = document.file.path
    with django_capture_on_commit_callbacks(execute=True):
        forget_old_documents(NOW + timedelta(days=365))
    assert document.file.storage.exists(file) is True
    with django_capture_on_commit_callbacks(execute=True) as promised:
        forget_old_documents(NOW + timedelta(days=367))
        assert document.file.storage.exists(file) is True, "a chore may still be rolled back"
    assert len(promised) == 2
    assert [line.verb for line in audit.trail(document)] == ["hand_in", "forget_document"]
    document.refresh_from_db()
    assert (bool(document.file), document.file.storage.exists(file)) == (False, False)
    with pytest.raises(NotAllowed):
        actions.look_at(document, by=people.registrar, at=NOW)
    assert signed_in(people.registrar).get(f"/papers/{document.public_id}/").status_code in {
        403, 404,
    }  # fmt: skip


def test_file_without_a_row_is_swept_and_every_other_stays(
    place: Enrolment, people: People, signed_in: SignIn, settings: Any, tmp_path: Path
) -> None:
    """A process that died between the file and its row left it."""
    settings.PRIVATE_ROOT = tmp_path
    document = handed_in(place, people, signed_in)
    lost = Path(document.file.path).with_name("lost")
    lost.write_bytes(b"x")
    made = datetime(2026, 11, 23, 10, tzinfo=UTC)
    os.utime(lost, (made.timestamp(), made.timestamp()))
    assert actions.sweep_documents(before=made) == 0
    assert actions.sweep_documents(before=made + timedelta(seconds=1)) == 1
    assert (lost.exists(), Path(document.file.path).exists()) == (False, True)


def test_of_two_presses_at_once_one_paper_is_kept(
    place: Enrolment, people: People, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = handed_in(place, people, signed_in)
    # Both looked before either had written.
    monkeypatch.setattr(QuerySet, "first", lambda _self: None)
    again = actions.hand_in(
        place, document.paper,
        CleanDocument(b"x", document.content_type, document.extension, document.sha256),
        by=people.aylin, at=NOW,
    )  # fmt: skip
    assert (again, Document.objects.count()) == (document, 1)
