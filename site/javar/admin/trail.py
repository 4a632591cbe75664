"""What happens to accounts and lists in Wagtail's admin, in the audit trail like all else.

Wagtail and Django's commands write accounts by their own code, past our actions: who keeps the
site, who may enter the admin, which groups somebody is in and under which address. And Wagtail
gives its lists out as files.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from wagtail.log_actions import get_active_log_context

from courses.kit import audit
from courses.people.models import User

FLAGS = ("is_superuser", "is_staff", "is_active")
# Of these the trail says that they changed, not from what to what.
CONTACTS = ("email", "mobile", "username", "first_name", "last_name")


def _admin() -> User | None:
    """Return who is at work in the admin now; None in commands, and elsewhere in the site."""
    return get_active_log_context().user


@receiver(pre_save, sender=User)
def remember_account(
    instance: User, update_fields: Any = None, raw: bool = False, **signal: Any
) -> None:
    """Keep what an account was, where it may change in what the trail tells of."""
    watched = {*FLAGS, *(CONTACTS if _admin() else ())} & set(update_fields or (*FLAGS, *CONTACTS))
    before = (
        User.objects.filter(pk=instance.pk).values(*sorted(watched)).first()
        if instance.pk and watched and not raw
        else None
    )
    # A new account is like one without any power.
    instance.__dict__["_was"] = before or {
        "is_superuser": False, "is_staff": False, "is_active": True,
    }  # fmt: skip


@receiver(post_save, sender=User)
def record_account(instance: User, raw: bool = False, **signal: Any) -> None:
    """Write down which powers came or went, and that an address changed."""
    was = instance.__dict__.pop("_was", {})
    changed = {name: old for name, old in was.items() if getattr(instance, name) != old}
    if raw or not changed:
        return
    audit.record(
        instance, "change_account", by=_admin(),
        powers={name: bool(getattr(instance, name)) for name in FLAGS if name in changed},
        contacts=sorted(name for name in changed if name in CONTACTS),
    )  # fmt: skip


@receiver(m2m_changed, sender=User.groups.through)
def record_groups(
    instance: Any, action: str, pk_set: set[int] | None, reverse: bool, **signal: Any
) -> None:
    """Write down which groups somebody entered or left in the admin; actions record their own."""
    if _admin() is None or reverse or action not in {"post_add", "post_remove", "pre_clear"}:
        return
    groups = instance.groups.all() if pk_set is None else Group.objects.filter(pk__in=pk_set)
    names = sorted(groups.values_list("name", flat=True))
    if names:
        verb = "enter_groups" if action == "post_add" else "leave_groups"
        audit.record(instance, verb, by=_admin(), groups=names)


def downloads_are_recorded(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Record every list that leaves Wagtail's admin as a file: who took which."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        given = response.headers.get("Content-Disposition", "").startswith("attachment")
        if given and request.path.startswith("/admin/") and request.user.is_authenticated:
            match = request.resolver_match
            audit.record_export(
                request.user, f"admin:{match.view_name if match else ''}"[:60], by=request.user,
                form=request.GET.get("export", "")[:10], rows=None,
            )  # fmt: skip
        return response

    return answer
