"""Vacancies for everybody; the firm's desk."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.kit.calendars import today
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.kit.rights import asks, where_may
from courses.law.queries import statute_on
from courses.organisations.models import Organisation
from courses.skills.models import SkillGroup
from courses.vacancies import actions, forms, queries
from courses.vacancies.models import Vacancy
from courses.vacancies.states import State

ON_A_PAGE = 12


@require_safe
def vacancy_list(request: HttpRequest) -> HttpResponse:
    """Show the live vacancies: `q` searches, `group` and `under18` filter."""
    asked = request.GET.get("q", "")[:100].strip()
    groups = list(SkillGroup.objects.all())
    group = request.GET.get("group", "")
    group = group if group in {g.code for g in groups} else ""
    under_18 = request.GET.get("under18") == "1"
    found = queries.search(asked=asked, group=group, under_18=under_18, on=today(timezone.now()))
    return page(
        request,
        "vacancies/vacancy_list.html",
        {
            "asked": asked,
            "group": group,
            "groups": groups,
            "under_18": under_18,
            "filters": bool(group) + under_18,
            "shown": Paginator(found, ON_A_PAGE).get_page(request.GET.get("page")),
            "seats": sum(vacancy.seats for vacancy in found),
            "firms": len({vacancy.firm_id for vacancy in found}),
        },
    )


@require_safe
def vacancy_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a vacancy with the law's limits for it."""
    vacancy = get_object_or_404(queries.visible_to(visitor(request)), public_id=public_id)
    return page(
        request,
        "vacancies/vacancy_detail.html",
        {"vacancy": vacancy, "statute": statute_on(vacancy.starts_on)},
    )


def _firm_or_404(request: HttpRequest, firm_id: uuid.UUID) -> Organisation:
    """Return the firm for its own people; 403 follows for mentors where owners are asked for."""
    signed_in_or_404(request)
    return get_object_or_404(where_may(visitor(request), "vacancies.see_desk"), public_id=firm_id)


def _vacancy_or_404(request: HttpRequest, public_id: uuid.UUID) -> Vacancy:
    """Return a vacancy the visitor may know of."""
    signed_in_or_404(request)
    return get_object_or_404(queries.visible_to(visitor(request)), public_id=public_id)


@require_safe
def firm_desk(request: HttpRequest, firm_id: uuid.UUID) -> HttpResponse:
    """Show a firm's people all of its vacancies."""
    firm = _firm_or_404(request, firm_id)
    return page(
        request,
        "vacancies/firm_desk.html",
        {"firm": firm, "vacancies": queries.of_firm(firm)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("vacancies.keep", _firm_or_404)
def vacancy_post(request: HttpRequest, firm: Organisation) -> HttpResponse:
    """Post a vacancy: as a draft, or at once before the public."""
    form = forms.VacancyForm(request.POST or None, firm=firm)
    if request.method == "POST" and form.is_valid():
        vacancy = actions.post_vacancy(
            form.vacancy(), skills=form.cleaned_data["skills"], by=visitor(request)
        )
        return _saved(request, vacancy)
    return page(
        request,
        "vacancies/vacancy_form.html",
        {"firm": firm, "form": form, "statute": statute_on(today(timezone.now()))},
        wrong_input=request.method == "POST",
    )


def _saved(request: HttpRequest, vacancy: Vacancy) -> HttpResponse:
    """Publish when asked to, say what happened, show the vacancy."""
    if "publish" in request.POST:
        actions.publish_vacancy(vacancy, by=visitor(request))
        say(request, _("The vacancy is published."))
    else:
        say(request, _("The draft is saved; only your firm sees it."))
    return redirect("vacancies:vacancy_detail", public_id=vacancy.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@asks("vacancies.keep", _vacancy_or_404)
def vacancy_change(request: HttpRequest, vacancy: Vacancy) -> HttpResponse:
    """Change a draft."""
    if vacancy.state != State.DRAFT:
        raise actions.NotEditable
    form = forms.VacancyForm(
        request.POST or None, firm=vacancy.firm, initial=forms.VacancyForm.of(vacancy)
    )
    if request.method == "POST" and form.is_valid():
        changed = actions.change_vacancy(
            form.vacancy(onto=vacancy), skills=form.cleaned_data["skills"], by=visitor(request)
        )
        return _saved(request, changed)
    return page(
        request,
        "vacancies/vacancy_form.html",
        {"firm": vacancy.firm, "vacancy": vacancy, "form": form,
         "statute": statute_on(vacancy.starts_on)},
        wrong_input=request.method == "POST",
    )  # fmt: skip


@require_POST
@asks("vacancies.keep", _vacancy_or_404)
def vacancy_publish(request: HttpRequest, vacancy: Vacancy) -> HttpResponse:
    """Publish a draft."""
    actions.publish_vacancy(vacancy, by=visitor(request))
    say(request, _("The vacancy is published."))
    return redirect("vacancies:vacancy_detail", public_id=vacancy.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@asks("vacancies.keep", _vacancy_or_404)
def vacancy_take_back(request: HttpRequest, vacancy: Vacancy) -> HttpResponse:
    """Ask why, then take a vacancy off the list."""
    form = forms.TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.take_back_vacancy(vacancy, by=visitor(request), reason=form.cleaned_data["reason"])
        say(request, _("The vacancy has been taken back."))
        return redirect("vacancies:firm_desk", firm_id=vacancy.firm.public_id)
    return page(
        request,
        "vacancies/vacancy_take_back.html",
        {"vacancy": vacancy, "form": form},
        wrong_input=request.method == "POST",
    )
