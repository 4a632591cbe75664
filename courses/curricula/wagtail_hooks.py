"""What happens when a programme is published, by whatever path."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail import hooks
from wagtail.models import Page, Revision
from wagtail.signals import page_published

from courses.curricula import actions
from courses.curricula.models import ProgrammePage
from courses.kit.refusal import Refusal


@hooks.register("before_publish_page")
def refuse_unsummed_hours(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Keep the draft and say what differs, instead of publishing hours that do not sum."""
    programme = page.specific
    if not isinstance(programme, ProgrammePage):
        return None
    try:
        actions.must_sum(programme)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


@hooks.register("before_bulk_action")
def refuse_half_written(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Keep what is half written from being published among many others.

    The page's own form marks what is missing; publishing many at once has no such form.
    """
    if action_type != "publish":
        return None
    asked = list(objects)
    if action.cleaned_form.cleaned_data["include_descendants"]:
        asked += [below for page in objects for below in page.get_descendants().not_live()]
    try:
        for page in asked:
            actions.must_be_finished(page.get_latest_revision_as_object())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(action.next_url)
    return None


def freeze_published_programme(
    instance: ProgrammePage, revision: Revision | None = None, **kwargs: Any
) -> None:
    """Freeze a version of the Persian programme that was published: by hand, in bulk or on time.

    Where hours do not sum (a path without the hook above) no version is made; intakes keep the
    one they point at.
    """
    if instance.locale.language_code != "fa":
        return
    try:
        actions.freeze_programme(instance, by=revision.user if revision else None)
    except actions.HoursDoNotSum:
        return


page_published.connect(freeze_published_programme, sender=ProgrammePage)
