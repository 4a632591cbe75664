"""A person's own notices."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from courses.kit.http import page, visitor
from courses.notices import actions, queries
from courses.notices.kinds import KINDS


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
