"""A person's own notices and choices; the keeper's outbox."""

import uuid
from http import HTTPStatus

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.kit.http import page, say, table_answer, visitor
from courses.kit.refusal import Refusal
from courses.notices import actions, forms, queries, rules
from courses.notices.kinds import KINDS
from courses.notices.models import Message


@login_required
@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """Show what the site told this person, newest first."""
    notices = [
        (notice, KINDS[notice.kind].says(notice.values))
        for notice in queries.visible_to(visitor(request))[:50]
        if notice.kind in KINDS
    ]
    return page(request, "notices/notice_list.html", {"notices": notices})


@login_required
@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    actions.mark_read(visitor(request))
    return redirect("notices:notice_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choices_edit(request: HttpRequest) -> HttpResponse:
    """Choose what comes by which channel, and when nobody disturbs."""
    user = visitor(request)
    wrong_input = False
    form = forms.ChoicesForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST":
        if form.is_valid():
            actions.choose_channels(user, form.choices(), quiet=form.quiet(), by=user)
            say(request, _("Your choices are kept."))
            return redirect("notices:choices_edit")
        wrong_input = True
    return page(request, "notices/choices_edit.html", {"form": form}, wrong_input=wrong_input)


def _keepers_only(request: HttpRequest) -> None:
    """Hide the outbox from everybody else."""
    if not (request.user.is_authenticated and rules.keeps_outbox(visitor(request))):
        raise Http404


@require_safe
def outbox_detail(request: HttpRequest) -> HttpResponse:
    """Show a keeper what waits and what did not go; never what it says."""
    _keepers_only(request)
    health = queries.outbox_health(at=timezone.now())
    return page(request, "notices/outbox_detail.html", {"health": health})


@require_safe
def outbox_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send what waits and what did not go as a table; never what it says, nor a whole address."""
    _keepers_only(request)
    headers = [
        _("Channel"), _("To"), _("Kind"), _("State"), _("Written"), _("Attempts"), _("Last error"),
        _("Stable code"),
    ]  # fmt: skip
    rows = (
        [
            message.get_channel_display(), message.masked_to, message.kind,
            message.get_state_display(), message.made_at.isoformat(timespec="seconds"),
            message.attempts, message.last_error, str(message.stable_id),
        ]
        for message in queries.unsent()
    )  # fmt: skip
    return table_answer(
        kind, headers, rows, name=_("outbox"), what="outbox", about=visitor(request),
        by=visitor(request),
    )  # fmt: skip


@require_POST
def message_retry(request: HttpRequest, stable_id: uuid.UUID) -> HttpResponse:
    """Let a message be sent again."""
    _keepers_only(request)
    message = get_object_or_404(Message, stable_id=stable_id)
    actions.retry_message(message, by=visitor(request))
    say(request, _("The message is tried again at the next round."))
    return redirect("notices:outbox_detail")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Let somebody whose account a school made choose a password, once; then they are in."""
    link = queries.find_first_link(token, at=timezone.now())
    person = queries.person_of(link) if link else None
    if link is None or person is None:
        answer = page(request, "notices/link_over.html", {})
        answer.status_code = HTTPStatus.NOT_FOUND
        return answer
    form = forms.FirstPasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.begin_with(link, form.cleaned_data["new_password1"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            # The link is a first factor: the stages after it, a second one among them, follow.
            record_authentication(request, user, method="link")
            return perform_login(request, Login(user=user))
    return page(
        request,
        "notices/first_sign_in.html",
        {"person": person, "form": form},
        wrong_input=request.method == "POST",
    )
