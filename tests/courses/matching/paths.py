"""Addresses of matching's pages, in Persian whatever language the last page was read in."""

from django.urls import reverse
from django.utils.translation import override

from courses.matching.models import Application
from courses.vacancies.models import Vacancy


def matching_path(name: str, *args: object) -> str:
    """Return the address of a page."""
    with override("fa"):
        return reverse(f"matching:{name}", args=args)


def round_path(name: str, code: str = "r-1") -> str:
    """Return the address of a page of a round."""
    return matching_path(name, code)


def applicants_path(vacancy: Vacancy, code: str = "r-1") -> str:
    """Return where a firm ranks who asked for a vacancy."""
    return matching_path("applicant_list", code, vacancy.public_id)


def applicant_path(wish: Application, code: str = "r-1") -> str:
    """Return where a firm ranks one applicant."""
    return matching_path("applicant_rank", code, wish.vacancy.public_id, wish.list.pseudonym)


def table_path(vacancy: Vacancy, form: str = "csv", code: str = "r-1") -> str:
    """Return the applicants of a vacancy as a table."""
    return matching_path("applicant_export", code, vacancy.public_id, form)


def rule_path(vacancy: Vacancy, code: str = "r-1") -> str:
    """Return where a firm publishes a scoring rule."""
    return matching_path("scoring_rule", code, vacancy.public_id)


def add_path(vacancy: Vacancy) -> str:
    """Return where a student adds a vacancy to the list."""
    return matching_path("wish_add", vacancy.public_id)


def change_path(wish: Application) -> str:
    """Return where a student moves a wish or takes it out."""
    return matching_path("wish_change", wish.public_id)
