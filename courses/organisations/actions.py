"""Granting and ending roles; partnerships; the editors' desk of a school."""

from datetime import date, datetime

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
)

from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.refusal import Refusal
from courses.notices.actions import close_links
from courses.notices.queries import WAY_BACK
from courses.organisations.models import (
    ROLES_OF_KIND,
    AgreementState,
    Membership,
    Organisation,
    OrganisationPage,
    Partnership,
    Role,
    SchoolDesk,
)
from courses.people.actions import end_sessions
from courses.people.models import User

PAGE_VERBS = ("add", "change", "publish", "lock", "unlock")
COLLECTION_CODENAMES = (
    "add_image", "change_image", "choose_image",
    "add_document", "change_document", "choose_document",
)  # fmt: skip


class RoleDoesNotFit(Refusal):
    """A school has no mentors, a firm no registrar."""

    code = "role_does_not_fit"
    sentence = _("This kind of organisation has no such role.")


@transaction.atomic
def grant_role(
    user: User,
    organisation: Organisation,
    role: str,
    *,
    by: User | None,
    at: datetime | None = None,
) -> Membership:
    """Give a person a role; an editor also enters the school's group in Wagtail.

    Granting a role that is held already changes nothing.
    """
    if role not in ROLES_OF_KIND[organisation.kind]:
        raise RoleDoesNotFit
    at = at or timezone.now()
    membership, created = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=role,
        ended_on=None,
        defaults={"started_on": today(at)},
    )
    if role == Role.EDITOR:
        user.groups.add(furnish_desk(organisation).group)
    if created:
        # A link that was given to a student opens nobody of more powers.
        close_links(WAY_BACK, str(user.public_id), at)
        audit.record(membership, "grant_role", by=by, at=at, role=role)
    return membership


def make_student(
    user: User, school: Organisation, *, by: User | None, at: datetime | None = None
) -> Membership:
    """Make somebody a student of a school; who is one already stays it."""
    return grant_role(user, school, Role.STUDENT, by=by, at=at)


@transaction.atomic
def end_role(membership: Membership, *, by: User | None, at: datetime | None = None) -> Membership:
    """End a role; access goes with it, and so does every session begun while it was held."""
    at = at or timezone.now()
    ended = Membership.objects.filter(pk=membership.pk, ended_on__isnull=True).update(
        ended_on=today(at)
    )
    membership.refresh_from_db()
    if ended:
        if membership.role == Role.EDITOR:
            membership.user.groups.remove(furnish_desk(membership.organisation).group)
        end_sessions(membership.user, by=by, at=at)
        audit.record(membership, "end_role", by=by, at=at, role=membership.role)
    return membership


@transaction.atomic
def furnish_desk(school: Organisation) -> SchoolDesk:
    """Return the group and collection of a school's editors, made on first use.

    The group may enter the admin, write under the school's own pages and use the school's own
    images and documents; nothing else. It is called again when the school's page is made.
    """
    desk = SchoolDesk.objects.filter(school=school).select_related("group", "collection").first()
    if desk is None:
        group = Group.objects.create(name=f"editors of {school.code}")
        group.permissions.add(Permission.objects.get(codename="access_admin"))
        collection = Collection.get_first_root_node().add_child(name=school.name_fa)
        for permission in Permission.objects.filter(
            codename__in=COLLECTION_CODENAMES,
            content_type__app_label__in=["wagtailimages", "wagtaildocs"],
        ):
            GroupCollectionPermission.objects.create(
                group=group, collection=collection, permission=permission
            )
        desk = SchoolDesk.objects.create(school=school, group=group, collection=collection)
    pages = Page.objects.filter(pk__in=OrganisationPage.objects.filter(organisation=school))
    for page in pages:
        for verb in PAGE_VERBS:
            GroupPagePermission.objects.get_or_create(
                group=desk.group,
                page=page,
                permission=Permission.objects.get(
                    codename=f"{verb}_page", content_type__app_label="wagtailcore"
                ),
            )
    return desk


@transaction.atomic
def record_partnership(
    school: Organisation,
    firm: Organisation,
    *,
    starts_on: date,
    ends_on: date,
    by: User | None,
    is_sample: bool = False,
    at: datetime | None = None,
) -> Partnership:
    """Record an agreement in force between a school and its host firm; once per pair."""
    partnership, created = Partnership.objects.exclude(state=AgreementState.ENDED).get_or_create(
        school=school,
        firm=firm,
        defaults={
            "starts_on": starts_on,
            "ends_on": ends_on,
            "state": AgreementState.ACTIVE,
            "is_sample": is_sample,
        },
    )
    if created:
        audit.record(
            partnership, "record_partnership", by=by, at=at, to_state=AgreementState.ACTIVE
        )
    return partnership
