"""Two schools that know nothing of each other, each with a word in everything Wagtail keeps."""

import io
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image as Picture
from wagtail.admin.models import EditingSession
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Comment,
    CommentReply,
    Locale,
    Page,
    PageLogEntry,
    PageSubscription,
    Site,
)

from courses.curricula.models import LessonPage, ModulePage, ProgrammePage
from courses.organisations.actions import furnish_desk, grant_role
from courses.organisations.models import (
    Kind,
    Organisation,
    OrganisationIndexPage,
    Role,
    SchoolPage,
)
from courses.people.models import User
from tests.cast import NOW, QUESTION, person


@dataclass
class Desk:
    """A school's desk in Wagtail: its editor and the keys of what is theirs."""

    word: str
    school: Organisation
    editor: User
    school_page: SchoolPage
    programme: ProgrammePage
    module: ModulePage
    lesson: LessonPage
    image: Any
    document: Any
    collection: Any
    group: Any
    revision: Any
    comment: Comment
    session: EditingSession
    english: SchoolPage

    @property
    def keys(self) -> list[int]:
        """Every key of theirs an address may name."""
        things = (
            self.school_page, self.programme, self.module, self.lesson, self.image, self.document,
            self.collection, self.group, self.revision, self.comment, self.session, self.editor,
            self.english,
        )  # fmt: skip
        return sorted({thing.pk for thing in things})


def site_root() -> Page:
    """Return the page the site begins with."""
    return Site.objects.get().root_page


def schools_index() -> OrganisationIndexPage:
    """Return the list of schools, in Persian."""
    found = OrganisationIndexPage.objects.filter(kind=Kind.SCHOOL).first()
    return found or site_root().add_child(
        instance=OrganisationIndexPage(
            title="هنرستان‌ها", slug="schools", kind=Kind.SCHOOL,
            locale=Locale.objects.get(language_code="fa"),
        )
    )  # fmt: skip


def png() -> bytes:
    """Return a small picture."""
    stream = io.BytesIO()
    Picture.new("RGB", (40, 40), "red").save(stream, "PNG")
    return stream.getvalue()


def set_up_desk(word: str) -> Desk:
    """Make a school whose every title, name, tag and comment begins with a word."""
    school = Organisation.objects.create(
        code=f"{word}code".lower(), kind=Kind.SCHOOL, name_fa=f"{word}name", name_en=f"{word}en",
        locality_fa=f"{word}place", locality_en="-", learners="girls",
        variety="technical-vocational",
    )  # fmt: skip
    editor = person(f"{word}editor")
    editor.email = f"{word}mail@example.test".lower()
    editor.last_name = f"{word}last"
    editor.save()
    index = schools_index()
    fa = index.locale
    en, _made = Locale.objects.get_or_create(language_code="en")

    def below(parent: Page, page: Page) -> Any:
        page.owner = editor
        return parent.add_child(instance=page)

    school_page = below(
        index,
        SchoolPage(
            title=f"{word}school",
            slug=f"{word}s".lower(),
            organisation=school,
            locale=fa,
            live=False,
        ),
    )
    english = school_page.copy_for_translation(en, copy_parents=True)
    english.title = f"{word}english"
    english.save()
    grant_role(editor, school, Role.EDITOR, by=None, at=NOW)
    desk = furnish_desk(school)
    programme = below(
        school_page,
        ProgrammePage(
            title=f"{word}programme", slug=f"{word}p".lower(), code=f"{word}p".lower(),
            summary=f"{word}summary", level="continuing", locale=fa, live=False, hours_theory=1,
        ),
    )  # fmt: skip
    module = below(
        programme,
        ModulePage(
            title=f"{word}module", slug=f"{word}m".lower(), code=f"{word}m".lower(), number=1,
            locale=fa, live=False, hours_theory=1,
        ),
    )  # fmt: skip
    image = get_image_model().objects.create(
        title=f"{word}image", collection=desk.collection, width=40, height=40,
        uploaded_by_user=editor, file=ContentFile(png(), f"{word}picture.png"),
    )  # fmt: skip
    image.tags.add(f"{word}tag")
    document = get_document_model().objects.create(
        title=f"{word}document",
        collection=desk.collection,
        uploaded_by_user=editor,
        file=ContentFile(b"%PDF-1.4", f"{word}paper.pdf"),
    )
    document.tags.add(f"{word}doctag")
    lesson = below(
        module,
        LessonPage(
            title=f"{word}lesson", slug=f"{word}l".lower(), minutes=30, locale=fa, live=False,
            body=[
                ("heading", f"{word}heading"),
                ("figure", {"image": image, "drawing": "", "alt": f"{word}alt", "caption": ""}),
                ("quiz", {"questions": [QUESTION]}),
            ],
        ),
    )  # fmt: skip
    for page in (school_page, programme, module, lesson, english):
        page.title = f"{page.title}draft"
        page.save_revision(user=editor, log_action=True)
    revision = lesson.save_revision(user=editor, log_action=True)
    comment = Comment.objects.create(
        page=lesson, user=editor, text=f"{word}comment", contentpath="summary"
    )
    CommentReply.objects.create(comment=comment, user=editor, text=f"{word}reply")
    PageSubscription.objects.create(page=lesson, user=editor, comment_notifications=True)
    PageLogEntry.objects.log_action(lesson, "wagtail.edit", user=editor, title=f"{word}log")
    session = EditingSession.objects.create(user=editor, content_object=lesson, last_seen_at=NOW)
    return Desk(
        word, school, editor, school_page, programme, module, lesson, image, document,
        desk.collection, desk.group, revision, comment, session, english,
    )  # fmt: skip
