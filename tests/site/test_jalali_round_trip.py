"""Every date field of every form gives back the day it was given, 1300 to 1500, saved twice."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.html import escape
from wagtail.admin.panels import get_edit_handler
from wagtail.models import Page, get_page_models
from wagtail.snippets.models import get_snippet_models
from wagtail.test.utils.form_data import querydict_from_html

import courses
from courses.imports.kinds import KINDS
from courses.kit.calendars import TEHRAN, from_jalali, to_jalali
from courses.kit.fields import (
    ClockField,
    JalaliDateField,
    JalaliDateInput,
    JalaliDateTimeField,
    JalaliDateTimeInput,
)
from courses.kit.persian import to_persian_digits
from courses.people.models import PersonalRecord
from javar.pages.models import ArticleIndexPage
from tests.cast import People, SignIn, person

FIRST, LAST = from_jalali(1300, 1, 1), from_jalali(1501, 1, 1)
EVERY_DAY = [FIRST + timedelta(n) for n in range((LAST - FIRST).days)]


def _modules() -> Iterator[str]:
    for room in iter_modules(courses.__path__):
        folder = settings.ROOT / "courses" / room.name
        if (folder / "forms.py").exists():
            yield f"courses.{room.name}.forms"
        for part in sorted(folder.glob("forms/*.py")):
            yield f"courses.{room.name}.forms.{part.stem}".removesuffix(".__init__")
    yield from ("javar.accounts", "javar.pages.models")


def _forms() -> Iterator[type[forms.BaseForm]]:
    for module in map(import_module, _modules()):
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, forms.BaseForm):
                yield thing


def _admin_forms() -> Iterator[tuple[str, type[forms.BaseForm]]]:
    """Every form on which Wagtail's admin edits a page or a snippet, inline children included."""
    handlers = {model: model.get_edit_handler() for model in get_page_models()}
    handlers |= {model: get_edit_handler(model) for model in get_snippet_models()}
    for model, handler in handlers.items():
        form = handler.get_form_class()
        yield f"admin.{model._meta.label}", form
        for name, formset in form.formsets.items():
            yield f"admin.{model._meta.label}.{name}", formset.form


def date_fields() -> dict[str, forms.Field]:
    """Return every field a day is typed into, by the name of its form and its own."""
    found: dict[str, forms.Field] = {}
    ours = [(f"{form.__module__}.{form.__name__}", form) for form in _forms()]
    for where, form in (*ours, *_admin_forms()):
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.DateField | forms.DateTimeField):
                found[f"{where}.{name}"] = field
    for kind in KINDS.values():
        for column in kind.columns:
            if isinstance(column.field, forms.DateField):
                found[f"{kind.code}.{column.name}"] = column.field
    return found


FIELDS = date_fields()


def test_the_fields_are_found() -> None:
    assert {name.rpartition(".")[2] for name in FIELDS} >= {
        "birth_date", "opens_on", "closes_on", "starts_on", "ends_on", "effective_on",
        "list_closes_on", "reserve_until", "wishes_close_on", "ranking_closes_on",
        "go_live_at", "expire_at",
    }  # fmt: skip


def test_every_page_of_the_admin_is_scheduled_in_jalali() -> None:
    pages = {model._meta.label for model in get_page_models()}
    assert {name for name in FIELDS if name.startswith("admin.")} >= {
        f"admin.{page}.{field}" for page in pages for field in ("go_live_at", "expire_at")
    }


def test_no_form_of_the_admin_draws_another_picker() -> None:
    pickers = forms.DateInput | forms.DateTimeInput | forms.TimeInput
    for _where, form in _admin_forms():
        for field in form.base_fields.values():
            assert not isinstance(field.widget, pickers)
            if isinstance(field, forms.TimeField):
                assert isinstance(field, ClockField)


def typed(field: forms.Field, day: date) -> str:
    """Return what the page shows in the field, and so what a form that is sent again holds."""
    shown = field.widget.format_value(day)
    assert isinstance(shown, str)
    return shown


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_day_saved_twice_is_the_same_day(name: str) -> None:
    field = FIELDS[name]
    of_moments = isinstance(field, JalaliDateTimeField)
    assert isinstance(field, JalaliDateTimeField | JalaliDateField)
    assert type(field.widget) is (JalaliDateTimeInput if of_moments else JalaliDateInput)
    # A field is one class: every thirteenth day meets each month, end and leap day often.
    for day in EVERY_DAY[:: 97 if of_moments else 13]:
        given: Any = datetime.combine(day, time(14, 30), TEHRAN) if of_moments else day
        once = field.to_python(typed(field, field.prepare_value(given)))
        assert once == given
        assert field.to_python(typed(field, field.prepare_value(once))) == given


def test_every_day_of_two_centuries_comes_back_in_every_writing() -> None:
    field, moments = JalaliDateField(), JalaliDateTimeField()
    for day in EVERY_DAY:
        shown = typed(field, day)
        year, month, number = to_jalali(day)
        assert shown == f"{year:04}/{month:02}/{number:02}"
        assert field.to_python(shown) == day
        assert field.to_python(to_persian_digits(f"{year}-{month}-{number}")) == day
        moment = datetime.combine(day, time(14, 30), TEHRAN)
        assert typed(moments, moment) == f"{shown} 14:30"
        assert moments.to_python(to_persian_digits(f"{shown} 14:30")) == moment


@pytest.mark.django_db
def test_a_day_in_the_database_is_the_day_that_was_typed() -> None:
    field = JalaliDateField()
    record = person("nasrin", age=16, consented=False).record
    for year in range(1300, 1501):
        for month, number in ((1, 1), (6, 31), (12, 29)):
            day = from_jalali(year, month, number)
            for _save in range(2):
                record.birth_date = field.clean(typed(field, day))
                record.save()
                record = PersonalRecord.objects.get(pk=record.pk)
                assert (record.birth_date, to_jalali(record.birth_date)) == (
                    day,
                    (year, month, number),
                )


# --- Wagtail's admin: the whole way of a schedule


EDIT = "page-edit-form"


@pytest.fixture
def article(db: None) -> ArticleIndexPage:
    """A page under the root; the kind with the fewest fields of its own."""
    root = Page.objects.get(depth=1)
    return root.add_child(instance=ArticleIndexPage(title="نوشته‌ها", slug="writing-test"))


def edit_path(page: Page) -> str:
    return f"/admin/pages/{page.pk}/edit/"


def test_a_schedule_saved_twice_in_the_admin_is_unchanged(
    article: ArticleIndexPage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.admin)
    for year in (1300, 1357, 1403, 1405, 1408, 1500):
        moment = datetime.combine(from_jalali(year, 12, 29), time(14, 30), TEHRAN)
        form = querydict_from_html(client.get(edit_path(article)).content.decode(), EDIT)
        form["go_live_at"] = to_persian_digits(f"{year}/12/29 14:30")
        for _save in range(2):
            answer = client.post(edit_path(article), form)
            assert (answer.status_code, answer["Location"]) == (302, edit_path(article))
            draft = Page.objects.get(pk=article.pk).get_latest_revision_as_object()
            assert draft.go_live_at == moment
            page = client.get(edit_path(article)).content.decode()
            form = querydict_from_html(page, EDIT)
            assert form["go_live_at"] == f"{year}/12/29 14:30"
            # The status panel beside the form says it in words.
            assert f">۲۹ اسفند {to_persian_digits(str(year))}، ساعت ۱۴:۳۰</time>" in page


def test_a_schedule_typed_wrongly_is_shown_as_typed(
    article: ArticleIndexPage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.admin)
    form = querydict_from_html(client.get(edit_path(article)).content.decode(), EDIT)
    for wrong in ("1405/13/01 14:30", "1404/12/30 25:00", "فردا", "1399/01/01 10:00"):
        form["expire_at"] = wrong
        answer = client.post(edit_path(article), form)
        assert answer.status_code == 200
        assert set(answer.context["form"].errors) == {"expire_at"}
        assert f'value="{escape(wrong)}"' in answer.content.decode()
    assert not article.revisions.exists()


def test_revisions_are_compared_and_listed_in_jalali(
    article: ArticleIndexPage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.admin)
    made = []
    for day in (from_jalali(1405, 9, 2), None, from_jalali(1405, 9, 3)):
        article.go_live_at = datetime.combine(day, time(14, 30), TEHRAN) if day else None
        made.append(article.save_revision(user=people.admin))
    for first, second, words in (
        (made[0], made[1], ["۲ آذر ۱۴۰۵، ساعت ۱۴:۳۰", ""]),
        (made[0], made[2], ["۲ آذر ۱۴۰۵، ساعت ۱۴:۳۰", "۳ آذر ۱۴۰۵، ساعت ۱۴:۳۰"]),
    ):
        path = f"/admin/pages/{article.pk}/revisions/compare/{first.pk}...{second.pk}/"
        page = client.get(path).content.decode()
        for kind, said in zip(("deletion", "addition"), words, strict=True):
            assert f'<span class="{kind}">{said}</span>' in page
    with translation.override("fa"):
        history = client.get(f"/admin/pages/{article.pk}/history/").content.decode()
    year = to_persian_digits(str(to_jalali(made[0].created_at.astimezone(TEHRAN).date())[0]))
    tooltips = [part.split('"')[0] for part in history.split('w-tooltip-content-value="')[1:]]
    assert [one for one in tooltips if year in one]
    assert not [one for one in tooltips if "202" in one]
