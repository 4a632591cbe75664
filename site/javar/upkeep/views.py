"""The keeper's pages: what stands still and what to do about it; who came in and who failed."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tasks_db.models import DBTaskResult

from courses.kit.http import page, say, visitor
from courses.kit.rights import asks
from courses.people.models import User
from courses.people.queries import find_sign_ins
from courses.people.sign_ins import look_at_sign_ins
from javar.upkeep import report, tasks
from javar.upkeep.forms import SignInFilter

MOST_TASKS = 20
SIGN_INS_A_PAGE = 50


@require_safe
@asks("site.keep", hidden=True)
def upkeep_detail(request: HttpRequest) -> HttpResponse:
    """Show a keeper what stands still, the worst first, and how the site does."""
    now = timezone.now()
    looks = report.look(now)
    lines = report.lines(looks, now)
    standing = [*tasks.failed()[:MOST_TASKS], *tasks.stuck(now)[:MOST_TASKS]]
    return page(
        request,
        "upkeep/upkeep_detail.html",
        {
            "first": lines[0] if lines else None,
            "others": lines[1:],
            "facts": report.facts(looks, now),
            "tasks": [report.TaskRow.of(task) for task in standing],
            "now": now,
        },
    )


@require_POST
@asks("site.keep", hidden=True)
def task_retry(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """Let a task that failed or stands still run again."""
    task = get_object_or_404(DBTaskResult, pk=task_id)
    tasks.retry_task(task, by=visitor(request), at=timezone.now())
    say(request, _("The task runs again when the worker comes to it."))
    return redirect("upkeep:upkeep_detail")


@require_safe
@asks("site.keep", hidden=True)
def sign_in_list(request: HttpRequest) -> HttpResponse:
    """Show a keeper the sign-in log, whole or of one account, kind or day; the look is recorded."""
    form = SignInFilter(request.GET)
    if not form.is_valid():
        return page(request, "upkeep/sign_in_list.html", {"form": form}, wrong_input=True)
    name, kind, day = (form.cleaned_data[key] for key in ("account", "kind", "day"))
    account = User.objects.filter(username=name).first() if name else None
    look_at_sign_ins(by=visitor(request), account=account, kind=kind, day=day)
    found = Paginator(find_sign_ins(name=name, kind=kind, day=day), SIGN_INS_A_PAGE)
    context = {
        "form": form,
        "filters": sum(map(bool, (name, kind, day))),
        "events": found.get_page(request.GET.get("page")),
    }
    return page(request, "upkeep/sign_in_list.html", context)
