"""What happens when an organisation's page is made by hand."""

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from courses.organisations import actions
from courses.organisations.models import SchoolPage


@hooks.register("after_create_page")
def furnish_new_school(request: HttpRequest, page: Page) -> None:
    """Let the school's editors write below the page that was made for their school."""
    if isinstance(page, SchoolPage):
        actions.furnish_desk(page.organisation)
