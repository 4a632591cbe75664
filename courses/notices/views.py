"""A person's own notices and choices; the keeper's outbox."""

import uuid
from http import HTTPStatus

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.kit import holds, limits
from courses.kit.http import page, say, table_answer, visitor
from courses.kit.refusal import Refusal
from courses.kit.rights import asks
from courses.notices import actions, forms, queries, rules
from courses.notices.actions.way_back import ASKED_LASTS
from courses.notices.kinds import KINDS
from courses.notices.models import Message
from courses.people.models import User


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


@require_safe
@asks("notices.keep_outbox", hidden=True)
def outbox_detail(request: HttpRequest) -> HttpResponse:
    """Show a keeper what waits and what did not go; never what it says."""
    health = queries.outbox_health(at=timezone.now())
    return page(request, "notices/outbox_detail.html", {"health": health, "hold": holds.present()})


@require_safe
@asks("notices.keep_outbox", hidden=True)
def outbox_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send what waits and what did not go as a table; never what it says, nor a whole address."""
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


@require_http_methods(["GET", "HEAD", "POST"])
@asks("notices.keep_outbox", hidden=True)
def outbox_release(request: HttpRequest) -> HttpResponse:
    """Show a keeper what a restore found; let the site go on once that is read."""
    hold = holds.present()
    if hold is None:
        raise Http404
    form = forms.ReleaseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.release_outbox(hold, by=visitor(request), give_up=form.gives_up)
        say(request, _("The site goes on; what waits is sent."))
        return redirect("notices:outbox_detail")
    return page(
        request,
        "notices/outbox_release.html",
        {"hold": hold, "found": queries.restored_facts(hold.report), "form": form},
        wrong_input=form.is_bound,
    )


@require_POST
@asks("notices.keep_outbox", hidden=True)
def message_retry(request: HttpRequest, stable_id: uuid.UUID) -> HttpResponse:
    """Let a message be sent again."""
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def way_back(request: HttpRequest, token: str) -> HttpResponse:
    """Let whom a registrar or two keepers gave the link choose a password, once."""
    link = queries.find_link(token, queries.WAY_BACK, at=timezone.now())
    person = User.objects.filter(public_id=link.subject, is_active=True).first() if link else None
    if link is None or person is None:
        answer = page(request, "notices/link_over.html", {})
        answer.status_code = HTTPStatus.NOT_FOUND
        return answer
    if request.method == "POST":
        limits.count_or_refuse(rules.WAY_BACK_TRIES, link.token_hash)
    form = forms.FirstPasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.come_back_with(link, form.cleaned_data["new_password1"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            # The link is a first factor: the stages after it, a second one among them, follow.
            record_authentication(request, user, method="link")
            return perform_login(request, Login(user=user))
    return page(
        request,
        "notices/way_back.html",
        {"person": person, "form": form},
        wrong_input=request.method == "POST",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@asks("notices.give_ways_back", hidden=True)
def way_back_list(request: HttpRequest) -> HttpResponse:
    """Show keepers which links were given or asked for; ask for one."""
    form = forms.WayBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.ask_way_back(data["username"], reason=data["reason"], by=visitor(request))
        except Refusal as refusal:
            form.add_error("username", str(refusal))
        else:
            say(request, _("Another keeper has to approve it within a day."))
            return redirect("notices:way_back_list")
    now = timezone.now()
    shown = [
        (one, one.link is None and not one.withdrawn_at and one.asked_at > now - ASKED_LASTS)
        for one in queries.ways_back()[:50]
    ]
    return page(
        request,
        "notices/way_back_list.html",
        {
            "form": form,
            "ways": shown,
            "now": now,
        },
        wrong_input=request.method == "POST",
    )


@never_cache
@require_POST
@asks("notices.give_ways_back", hidden=True)
def way_back_approve(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Approve what another keeper asked; the link is shown here, and never again."""
    asked = get_object_or_404(queries.ways_back(), public_id=public_id)
    path = actions.approve_way_back(asked, by=visitor(request))
    address = f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}"
    shown = {"person": asked.user, "address": address, "back": reverse("notices:way_back_list")}
    return page(request, "notices/way_back_given.html", shown)
