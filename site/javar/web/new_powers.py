"""New powers: what follows at once where an account may more than before, by whatever hand.

Roles are granted by an action; groups, rights and the keeper's mark are given in Wagtail's admin
and by commands, past our actions. A session that was begun with less asks for the second factor at
its next press, and a link that was handed out to a student opens nobody of more powers.
"""

from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.utils import timezone

from courses.notices.actions import close_links
from courses.notices.queries import WAY_BACK
from courses.organisations.models import Membership
from courses.people.models import User
from javar.web.second_factor import OWES, is_demanded_with

POWERS = {"is_superuser", "is_staff"}


def ask_anew(users: Iterable[User] | QuerySet[User]) -> None:
    """Let every session of these people look again at what it owes, at its next press."""
    keys = UserSession.objects.filter(user__in=users).values("session_key")
    for session in Session.objects.filter(session_key__in=keys):
        kept = session.get_decoded()
        if kept.pop(OWES, None) is not None:
            session.session_data = SessionStore().encode(kept)
            session.save(update_fields=["session_data"])


def _may_more(users: Iterable[User]) -> None:
    """Do what new powers ask for."""
    users = list(users)
    at = timezone.now()
    for user in users:
        close_links(WAY_BACK, str(user.public_id), at)
    if users:
        ask_anew(users)


@receiver(post_save, sender=User)
def _keeper_saved(
    instance: User, created: bool, update_fields: Any = None, raw: bool = False, **signal: Any
) -> None:
    """Hear of the keeper's mark; a save that cannot have given it asks nothing."""
    if created or raw or not (instance.is_superuser or instance.is_staff):
        return
    if update_fields is None or POWERS & set(update_fields):
        _may_more([instance])


@receiver(post_save, sender=Membership)
def _role_granted(instance: Membership, created: bool, raw: bool = False, **signal: Any) -> None:
    """Hear of a role that demands the factor; its links are closed where it is granted."""
    if created and not raw and is_demanded_with(instance):
        ask_anew([instance.user])


@receiver([m2m_changed], sender=User.groups.through)
@receiver([m2m_changed], sender=User.user_permissions.through)
def _group_entered(
    instance: Any, action: str, pk_set: set[int] | None, reverse: bool, **signal: Any
) -> None:
    """Hear who entered a group or was given a right, from either side."""
    if action == "post_add" and pk_set:
        _may_more(User.objects.filter(pk__in=pk_set) if reverse else [instance])


@receiver(m2m_changed, sender=Group.permissions.through)
def _group_may_more(
    instance: Any, action: str, pk_set: set[int] | None, reverse: bool, **signal: Any
) -> None:
    """Hear that a group may more, and so all who are in it."""
    if action == "post_add" and pk_set:
        groups = pk_set if reverse else {instance.pk}
        _may_more(User.objects.filter(groups__in=groups).distinct())
