"""Who keeps the whole site: the first account of an installation, and its one-time way in."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit import audit
from courses.kit.identity import read_mobile
from courses.kit.refusal import Refusal
from courses.notices.actions import welcome
from courses.people.actions import register_person
from courses.people.models import User

# The link is the whole site's key until it is used.
LASTS = timedelta(days=3)


class NameIsAnothers(Refusal):
    """An account of this name exists and keeps nothing: nobody is raised by a spelling."""

    code = "name_is_anothers"
    sentence = _("An account of this name exists already and does not keep the site.")


class NoMobile(Refusal):
    """The link goes by SMS to a number; what is none would lie in the outbox for ever."""

    code = "no_mobile"
    sentence = _("Write a mobile number, for example 0914 000 0000.")


@transaction.atomic
def appoint_keeper(
    username: str,
    *,
    email: str = "",
    mobile: str | None = None,
    by: User | None,
    at: datetime | None = None,
) -> str:
    """Make the account of who keeps the site; return its one-time path, valid for `LASTS`.

    It has no password until then. Asking again for a keeper who has not begun gives a new link
    and closes the earlier one; raises AlreadyIn for one who has, NameIsAnothers for a stranger,
    NoMobile for a number that is none.
    """
    number = read_mobile(mobile) if mobile else None
    if mobile and number is None:
        raise NoMobile
    at = at or timezone.now()
    keeper = User.objects.filter(username=username.lower()).first()
    if keeper is None:
        keeper = register_person(
            username=username, first_name="", last_name=username,
            email=email.strip().lower(), mobile=number, by=by, at=at,
        )  # fmt: skip
        keeper.is_superuser = keeper.is_staff = True
        keeper.save(update_fields=["is_superuser", "is_staff"])
        audit.record(keeper, "appoint_keeper", by=by, at=at)
    elif not keeper.is_superuser:
        raise NameIsAnothers
    return welcome(keeper, lasts=LASTS, by=by, at=at)
